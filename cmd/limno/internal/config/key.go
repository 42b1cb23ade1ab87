package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Key is one setting: its path in the file, its environment variable, and what it does.
type Key struct {
	Path    string // firehose.max_body
	Env     string // LIMNO_FIREHOSE_MAX_BODY
	Default string // as text; empty for none
	Doc     string
	Secret  bool
}

// Keys lists every setting in the order of the file.
func Keys(defaults Config) []Key {
	var keys []Key
	walk(reflect.ValueOf(&defaults).Elem(), "", func(path string, f reflect.StructField, v reflect.Value) {
		keys = append(keys, Key{
			Path: path, Env: envName(path), Default: text(v), Doc: f.Tag.Get("doc"), Secret: f.Tag.Get("secret") == "true",
		})
	})
	return keys
}

// walk visits the settings (leaves) of the configuration.
func walk(v reflect.Value, prefix string, visit func(path string, f reflect.StructField, v reflect.Value)) {
	for i := range v.NumField() {
		f, path := v.Type().Field(i), prefix+v.Type().Field(i).Tag.Get("yaml")
		if f.Type.Kind() == reflect.Struct {
			walk(v.Field(i), path+".", visit)
			continue
		}
		visit(path, f, v.Field(i))
	}
}

func envName(path string) string {
	return "LIMNO_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// setText stores a setting given as text (environment, flag, or a scalar of the file).
func setText(v reflect.Value, s string) error {
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = s
	case *int:
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 0 {
			return fmt.Errorf("%q is no whole number of zero or more", s)
		}
		*p = n
	case *Bytes:
		return assign(p, s, ParseBytes)
	case *Duration:
		return assign(p, s, ParseDuration)
	case *[]string:
		*p = splitList(s)
	default:
		return setYAML(v, s)
	}
	return nil
}

func assign[T any](p *T, s string, parse func(string) (T, error)) error {
	x, err := parse(s)
	if err == nil {
		*p = x
	}
	return err
}

func splitList(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func text(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case []string:
		return strings.Join(x, ",")
	case []AccessKey, []GlueAccount:
		return ""
	case int:
		return strconv.Itoa(x)
	default:
		return fmt.Sprint(x)
	}
}
