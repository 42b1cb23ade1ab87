package objectcache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"limnograph"
)

// The names at the top of the folder that the cache keeps for itself.
const (
	indexName = ".index"
	lockName  = ".lock"
	tempName  = ".tmp"
)

// Limits of a name: common file systems allow 255 bytes.
const (
	maxName = 240
	keptEnd = 60 // of a longer name: its end holds the arrival that SQL reads
)

// Path returns where the copy of an object is or would be: the key below the cache's folder. Bytes of the name, behind
// the last slash, that SQL reads as a pattern or that break a list of names are written as %XX there, and a name that
// is too long begins with its SHA-256 instead.
func (c *Cache) Path(key string) string {
	folder, name := path.Split(key)
	return filepath.Join(c.dir, filepath.FromSlash(folder), fileName(name))
}

func fileName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if at := name[i]; at < ' ' || at == 0x7f || strings.IndexByte(`%*?[]{}\`, at) >= 0 {
			fmt.Fprintf(&b, "%%%02X", at)
		} else {
			b.WriteByte(at)
		}
	}
	text := b.String()
	if len(text) > maxName {
		sum := sha256.Sum256([]byte(name))
		text = hex.EncodeToString(sum[:]) + "%" + text[len(text)-keptEnd:]
	}
	return text
}

// checkKey refuses keys whose file would stand elsewhere, or in the place of another's.
func checkKey(key string) error {
	folder, name := path.Split(key)
	plain := path.Clean(key) == key && filepath.IsLocal(key) && name != "" && !strings.HasPrefix(key, ".")
	if !plain || strings.ContainsAny(folder, "*?[]{}\\\n\r\x00") {
		return &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: opHold, Message: fmt.Sprintf("the key %.200q is no file name here", key),
			Hint: "move the object to another key",
		}
	}
	return nil
}
