//go:build unix

package localdir

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// The files of the lock. The lock itself is flock(2) on lockFile: the kernel drops it with the process, however it
// ends. holderFile is for people and for `limno query`; it may be left behind by a process that was killed.
const (
	lockFile   = "LOCK"
	holderFile = "LOCK.holder"
)

// A reader of the lock holds it for an instant to test it, so a writer tries more than once.
const (
	lockTries = 10
	lockPause = 20 * time.Millisecond
)

// Holder describes the process that owns a data directory.
type Holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`           // such as "limno serve"
	Address string    `json:"address,omitempty"` // host:port it listens on; empty until SetAddress
	URL     string    `json:"url,omitempty"`     // base URL of its API; empty until SetAddress
	Since   time.Time `json:"since"`             // UTC
}

// String names the holder for a person.
func (h Holder) String() string {
	s := fmt.Sprintf("%s (process %d, since %s", h.Command, h.PID, h.Since.Format(time.RFC3339))
	if h.Address != "" {
		s += ", listening on " + h.Address
	}
	return s + ")"
}

// Lock is the ownership of a data directory by this process. It lasts until Release or the end of the process.
type Lock struct {
	dir    string
	fd     int // bare: the collector would close an *os.File that nobody refers to, and so drop the lock
	holder Holder
}

// AcquireLock takes ownership of dir for the command called name and removes what an earlier owner left unfinished in
// staging. Errors: CodeConflict when another process owns it; the message names that process.
func AcquireLock(dir, name string, now time.Time) (*Lock, error) {
	const op = "lock data directory"
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = makeRoot(osDisk{}, dir)
	}
	if err != nil {
		return nil, wrap(op, dir, err)
	}
	fd, err := syscall.Open(filepath.Join(dir, lockFile), syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, wrap(op, dir, err)
	}
	if err := flock(fd); err != nil {
		_ = syscall.Close(fd)
		return nil, refused(op, dir, err)
	}
	l := &Lock{dir: dir, fd: fd, holder: Holder{PID: os.Getpid(), Command: name, Since: now.UTC().Truncate(time.Second)}}
	err = l.describe()
	if err == nil {
		err = os.RemoveAll(filepath.Join(dir, objectkey.StagingName))
	}
	if err != nil {
		return nil, errors.Join(wrap(op, dir, err), l.Release())
	}
	return l, nil
}

func flock(fd int) (err error) {
	for range lockTries {
		err = syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		time.Sleep(lockPause)
	}
	return err
}

func refused(op, dir string, err error) error {
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return wrap(op, dir, err)
	}
	who := "another process"
	if h, herr := readHolderFile(dir); herr == nil {
		who = h.String()
	}
	return &limnograph.Error{Code: limnograph.CodeConflict, Op: op, Message: quote(dir) + " is in use by " + who, Hint: "stop that process, or choose another directory with --data"}
}

// SetAddress publishes where the owner listens.
func (l *Lock) SetAddress(address, url string) error {
	l.holder.Address, l.holder.URL = address, url
	return wrap("describe lock", l.dir, l.describe())
}

// describe replaces the holder file in one step, so that a reader never sees half of it.
func (l *Lock) describe() error {
	text, err := json.MarshalIndent(l.holder, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(l.dir, holderFile)
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Release gives the directory up.
func (l *Lock) Release() error {
	err := ignoreMissing(os.Remove(filepath.Join(l.dir, holderFile)))
	if cerr := syscall.Close(l.fd); err == nil { // closing drops the flock
		err = cerr
	}
	return wrap("unlock data directory", l.dir, err)
}

// ReadHolder describes who owns dir and reports whether that process is alive; a holder that is not alive was killed.
// Errors: CodeNotFound when nobody has owned dir or the last owner left in good order.
func ReadHolder(dir string) (Holder, bool, error) {
	const op = "read lock"
	h, err := readHolderFile(dir)
	if err != nil {
		return Holder{}, false, wrap(op, dir, err)
	}
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return h, false, wrap(op, dir, err)
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return h, true, nil
	}
	return h, false, wrap(op, dir, err)
}

func readHolderFile(dir string) (h Holder, err error) {
	text, err := os.ReadFile(filepath.Join(dir, holderFile))
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(text, &h)
}
