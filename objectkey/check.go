package objectkey

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"limnograph"
)

// The names at the top of a store that no object has: an embedded store keeps its open segments and half-written
// objects there, and an object must be able to move from any store to any other.
const (
	SegmentsName = "segments"
	StagingName  = "staging"
)

// Limits of a key: S3 takes 1024 bytes, common file systems 255 for one name.
const (
	maxName = 1024
	maxPart = 255
)

// Check refuses keys that a store cannot hold, the same ones on every store. A key has at least two parts, does not
// begin with a name that the store keeps for itself, and is a good name (CheckName). Op stands in the error. Errors:
// CodeInvalid.
func Check(op, key string) error {
	first, _, deep := strings.Cut(key, "/")
	switch {
	case !deep:
		return refuse(op, key, "a key needs at least two parts")
	case first == SegmentsName || first == StagingName:
		return refuse(op, key, "this name belongs to the store itself")
	}
	return CheckName(op, key)
}

// CheckName refuses slash-separated names that would leave their directory, cannot be a file name, or cannot stand in a
// request of S3. Errors: CodeInvalid.
func CheckName(op, name string) error {
	if name == "" || len(name) > maxName {
		return refuse(op, name, "a name has 1 to 1024 bytes")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." || len(part) > maxPart {
			return refuse(op, name, "each part has 1 to 255 bytes and is neither . nor ..")
		}
	}
	if strings.IndexFunc(name, isControl) >= 0 {
		return refuse(op, name, "control characters are not allowed")
	}
	if !utf8.ValidString(name) {
		return refuse(op, name, "a name is UTF-8")
	}
	return nil
}

// CanBegin reports whether a key that Check accepts can begin with prefix.
func CanBegin(prefix string) bool {
	folders := prefix[:strings.LastIndexByte(prefix, '/')+1]
	name := prefix[len(folders):]
	if len(prefix) > maxName || len(name) > maxPart || !utf8.ValidString(prefix) || strings.IndexFunc(name, isControl) >= 0 {
		return false
	}
	return folders == "" || Check("", folders+"x") == nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func refuse(op, name, why string) error {
	if len(name) > 80 {
		name = name[:80] + "..."
	}
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: "bad name " + strconv.Quote(name) + ": " + why}
}
