package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"limnograph/cmd/limno/internal/lambdazip"
)

// functionCode is the zip of the functions.
type functionCode struct {
	zip  []byte
	arch string // arm64 or x86_64
}

// key names the code by its content: other code is another key, which is how CloudFormation notices it.
func (c functionCode) key() string {
	sum := sha256.Sum256(c.zip)
	return "lambda/limno-lambda-" + c.arch + "-" + hex.EncodeToString(sum[:]) + ".zip"
}

// findCode reads a zip, or packs a program. path may be empty: then it is the zip beside limno.
func findCode(path, arch string) (functionCode, error) {
	if arch != "" && arch != "arm64" && arch != "x86_64" {
		return functionCode{}, usageError{fmt.Errorf("--architecture %q: use arm64 or x86_64", arch)}
	}
	if path == "" {
		var err error
		if path, err = besideLimno(arch); err != nil {
			return functionCode{}, err
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return functionCode{}, fmt.Errorf("read the functions' code: %w", err)
	}
	code, err := packed(data)
	if err != nil {
		return functionCode{}, fmt.Errorf("%s is no limno-lambda for Linux: %w", path, err)
	}
	if arch != "" && arch != code.arch {
		return functionCode{}, fmt.Errorf("%s was built for %s, not for %s", path, code.arch, arch)
	}
	return code, nil
}

// besideLimno finds the zip that was built with this program.
func besideLimno(arch string) (string, error) {
	if arch == "" {
		arch = "arm64"
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	name := "limno-lambda-" + arch + ".zip"
	for _, dir := range []string{filepath.Dir(self), filepath.Join(filepath.Dir(self), "..", "dist"), "."} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("there is no %s beside %s: build it with `make lambda`, or say where it is with --lambda", name, self)
}

// packed looks at the first bytes: a zip is taken as it is, a program is packed.
func packed(data []byte) (functionCode, error) {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		arch, err := archOf(data)
		if err != nil {
			return functionCode{}, err
		}
		var out bytes.Buffer
		err = lambdazip.Write(&out, bytes.NewReader(data))
		return functionCode{out.Bytes(), arch}, err
	}
	program, err := bootstrapOf(data)
	if err != nil {
		return functionCode{}, err
	}
	arch, err := archOf(program)
	return functionCode{data, arch}, err
}

const maxProgram = 256 << 20 // what Lambda unpacks at most

func bootstrapOf(data []byte) ([]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	f, err := archive.Open("bootstrap")
	if err != nil {
		return nil, errors.New("the zip holds no bootstrap")
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxProgram))
}

// archOf reads for which processor a Linux program was built.
func archOf(program []byte) (string, error) {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return "", err
	}
	switch f.Machine {
	case elf.EM_AARCH64:
		return "arm64", nil
	case elf.EM_X86_64:
		return "x86_64", nil
	}
	return "", fmt.Errorf("it was built for %s; Lambda runs arm64 and x86_64", f.Machine)
}
