package localdir

import (
	"strings"

	"limnograph"
)

// The names at the top of the directory that the store keeps for itself.
const (
	segmentsDir = "segments"
	stagingDir  = "staging"
)

// Limits of a key; 255 bytes is what common file systems allow for one name.
const (
	maxKey  = 1024
	maxPart = 255
)

// checkKey refuses keys that are no object of this store.
func checkKey(op, key string) error {
	if !strings.Contains(key, "/") {
		return invalid(op, key, "a key needs at least two parts")
	}
	if first, _, _ := strings.Cut(key, "/"); first == segmentsDir || first == stagingDir {
		return invalid(op, key, "this name belongs to the store itself")
	}
	return checkName(op, key)
}

// checkName refuses names that would leave the directory or cannot be a file name.
func checkName(op, name string) error {
	if name == "" || len(name) > maxKey {
		return invalid(op, name, "a name has 1 to 1024 bytes")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." || len(part) > maxPart {
			return invalid(op, name, "each part has 1 to 255 bytes and is neither . nor ..")
		}
	}
	if strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return invalid(op, name, "control characters are not allowed")
	}
	return nil
}

func invalid(op, key, why string) error {
	if len(key) > 80 {
		key = key[:80] + "..."
	}
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: "bad name " + quote(key) + ": " + why}
}
