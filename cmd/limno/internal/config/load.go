package config

import (
	"errors"
	"io/fs"
	"reflect"
	"strings"
)

// Source says where a configuration comes from.
type Source struct {
	File     string            // path of the YAML file; empty for none
	Optional bool              // a missing File is no mistake
	Presets  map[string]string // defaults of the command, below the file, by path
	Flags    map[string]string // settings given as flags, by path
	DataDir  string            // default data directory

	LookupEnv func(string) (string, bool)
	ReadFile  func(string) ([]byte, error)
}

// Load reads and checks a configuration. On mistakes it returns all of them, joined; each is a Problem.
func Load(src Source) (Config, error) {
	cfg := Default(src.DataDir)
	f := file{name: src.File, lines: map[string]int{}}
	f.problems = append(f.problems, applyPresets(&cfg, src.Presets)...)
	f.read(&cfg, src)
	problems := append(f.problems, applyTexts(&cfg, src)...)
	problems = append(problems, readSecrets(&cfg, src.ReadFile, f)...)
	if len(problems) == 0 {
		problems = append(check(&cfg, f), checkFiles(&cfg, src.ReadFile, f)...)
	}
	return cfg, join(problems)
}

func (f *file) read(cfg *Config, src Source) {
	if src.File == "" {
		return
	}
	data, err := src.ReadFile(src.File)
	switch {
	case errors.Is(err, fs.ErrNotExist) && src.Optional:
	case err != nil:
		f.problems = append(f.problems, Problem{Message: "cannot read the configuration: " + err.Error(), Remedy: "check --config or LIMNO_CONFIG"})
	default:
		f.apply(cfg, data)
	}
}

// applyTexts sets what environment variables, and over them flags, give as text.
func applyTexts(cfg *Config, src Source) []Problem {
	var problems []Problem
	walk(reflect.ValueOf(cfg).Elem(), "", func(path string, _ reflect.StructField, v reflect.Value) {
		if s, ok := src.LookupEnv(envName(path)); ok && s != "" {
			if err := setText(v, s); err != nil {
				problems = append(problems, Problem{Key: envName(path), Message: err.Error()})
			}
		}
		if s, ok := src.Flags[path]; ok {
			if err := setText(v, s); err != nil {
				problems = append(problems, Problem{Key: "--" + strings.ReplaceAll(path, "_", "-"), Message: err.Error()})
			}
		}
	})
	return problems
}

func applyPresets(cfg *Config, presets map[string]string) []Problem {
	var problems []Problem
	walk(reflect.ValueOf(cfg).Elem(), "", func(path string, _ reflect.StructField, v reflect.Value) {
		if s, ok := presets[path]; ok {
			if err := setText(v, s); err != nil {
				problems = append(problems, Problem{Key: path, Message: err.Error()})
			}
		}
	})
	return problems
}

func join(problems []Problem) error {
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}
