package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"limnograph/cmd/limno/internal/lambdazip"
)

// program is the head of a Linux program for a machine: 62 x86_64, 183 arm64, 8 MIPS.
func program(machine uint16) []byte {
	head := make([]byte, 64)
	copy(head, "\x7fELF\x02\x01\x01")
	binary.LittleEndian.PutUint16(head[16:], 2)
	binary.LittleEndian.PutUint16(head[18:], machine)
	binary.LittleEndian.PutUint32(head[20:], 1)
	binary.LittleEndian.PutUint16(head[52:], 64)
	return head
}

func TestFindCode(t *testing.T) {
	zipped := func(content []byte) []byte {
		var b bytes.Buffer
		if err := lambdazip.Write(&b, bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		file        []byte
		arch        string
		want, error string
	}{
		"OKProgram":       {program(62), "", "x86_64", ""},
		"OKZip":           {zipped(program(183)), "", "arm64", ""},
		"OKAsked":         {program(183), "arm64", "arm64", ""},
		"ErrOtherMachine": {program(8), "", "", "built for EM_MIPS"},
		"ErrNotAsked":     {program(62), "arm64", "", "was built for x86_64, not for arm64"},
		"ErrText":         {[]byte("text"), "", "", "no limno-lambda for Linux"},
		"ErrZipOfText":    {zipped([]byte("text")), "", "", "no limno-lambda for Linux"},
		"ErrEmpty":        {nil, "", "", "no limno-lambda for Linux"},
		"ErrBrokenZip":    {[]byte("PK\x03\x04..."), "", "", "no limno-lambda for Linux"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "code")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			code, err := findCode(path, c.arch)
			if c.error != "" {
				if err == nil || !strings.Contains(err.Error(), c.error) {
					t.Errorf("%v, want %q", err, c.error)
				}
				return
			}
			if err != nil || code.arch != c.want || !strings.HasPrefix(code.key(), "lambda/limno-lambda-"+c.want+"-") {
				t.Errorf("%s, %s, %v", code.arch, code.key(), err)
			}
		})
	}
}

// A program and its zip are the same code, under the same key: nothing is uploaded twice.
func TestCodeIsNamedByItsContent(t *testing.T) {
	a, errA := packed(program(62))
	b, errB := packed(a.zip)
	other, errC := packed(append(program(62), 1))
	if errA != nil || errB != nil || errC != nil || a.key() != b.key() || a.key() == other.key() {
		t.Error(a.key(), b.key(), other.key(), errA, errB, errC)
	}
}
