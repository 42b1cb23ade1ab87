package access

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"limnograph"
)

const (
	secretBytes = 32
	// minToken keeps a hand-written token from being guessable.
	minToken = 16
)

// LoadOrCreateSecret returns the token in the file at path. When there is no file it draws 32 bytes from random,
// stores them base64url-encoded under mode 0600, durably, and reports created; of two processes that create it at
// once both return the same token. The folder must exist.
//
// Errors: CodeInvalid (the file is empty, too short, or open to other users), CodeInternal (disk, random source).
func LoadOrCreateSecret(path string, random io.Reader) (token string, created bool, err error) {
	token, err = loadSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, false, err
	}
	token, err = newSecret(random)
	if err != nil {
		return "", false, err
	}
	err = storeSecret(path, token)
	if errors.Is(err, fs.ErrExist) {
		token, err = loadSecret(path)
		return token, false, err
	}
	if err != nil {
		return "", false, secretError("store the token in "+path, err)
	}
	return token, true, nil
}

func loadSecret(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err != nil {
		return "", secretError("read the token in "+path, err)
	}
	defer f.Close()
	if err := checkMode(f, path); err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(f, 4097))
	if err != nil {
		return "", secretError("read the token in "+path, err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < minToken || len(data) > 4096 || strings.ContainsAny(token, " \t\r\n") {
		return "", secretInvalid(fmt.Sprintf("%s holds no token: one line of %d to 4096 characters is expected", path, minToken),
			"remove the file to have a new token made, or write one line into it")
	}
	return token, nil
}

func checkMode(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return secretError("read the token in "+path, err)
	}
	if !info.Mode().IsRegular() {
		return secretInvalid(path+" is no file", "name a file")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return secretInvalid(fmt.Sprintf("%s is open to other users (mode %04o)", path, mode), "run: chmod 600 "+path)
	}
	return nil
}

func newSecret(random io.Reader) (string, error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", secretError("draw random bytes", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// storeSecret writes the whole token beside path and links it into place, so that no reader sees half of it and no
// writer replaces another's.
func storeSecret(path, token string) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".token-*") // 0600 by itself
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(token + "\n")
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func secretError(message string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeInternal, Op: "load secret", Message: message, Err: err,
		Hint: "check the folder's owner and free space",
	}
}

func secretInvalid(message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "load secret", Message: message, Hint: hint}
}
