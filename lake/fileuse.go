package lake

import (
	"sync"

	"limnograph"
)

// fileUse knows which files somebody needs that no snapshot may name: those that a query holds, and those that a
// commit under way has written.
type fileUse struct {
	mu      *sync.Mutex
	held    map[string]int  // queries by key
	writing map[string]bool // by key
}

func newFileUse() fileUse {
	return fileUse{mu: new(sync.Mutex), held: make(map[string]int), writing: make(map[string]bool)}
}

// Hold keeps files from being deleted until release is called, once.
func (l *Lake) Hold(files []limnograph.DataFile) (release func()) {
	l.files.add(files, 1)
	return sync.OnceFunc(func() { l.files.add(files, -1) })
}

func (u *fileUse) add(files []limnograph.DataFile, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, f := range files {
		if u.held[f.Key] += n; u.held[f.Key] == 0 {
			delete(u.held, f.Key)
		}
	}
}

// writing notes that a file is about to be written.
func (l *Lake) writing(key string) {
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	l.files.writing[key] = true
}

// written notes that the commit which the files were for has ended, one way or another.
func (l *Lake) written(keys []string) {
	l.files.mu.Lock()
	defer l.files.mu.Unlock()
	for _, key := range keys {
		delete(l.files.writing, key)
	}
}

// needs reports whether a query or a commit under way needs a file.
func (u *fileUse) needs(key string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.held[key] > 0 || u.writing[key]
}
