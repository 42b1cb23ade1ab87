package config

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one mistake, with the place it stands and what to do about it.
type Problem struct {
	File    string // the file; empty for environment and flags
	Line    int
	Key     string // path of the setting, or the variable's name
	Message string
	Remedy  string
}

// Error writes "file:line: key: message (remedy)".
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString(" (" + p.Remedy + ")")
	}
	return b.String()
}

// file applies the YAML text of a file to a configuration and remembers where each setting stands.
type file struct {
	name     string
	lines    map[string]int
	problems []Problem
}

func (f *file) apply(cfg *Config, data []byte) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		f.problems = append(f.problems, yamlProblem(f.name, err))
		return
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return
	}
	f.mapping(reflect.ValueOf(cfg).Elem(), doc.Content[0], "")
}

func (f *file) mapping(v reflect.Value, n *yaml.Node, prefix string) {
	if n.Kind != yaml.MappingNode {
		f.problem(n, strings.TrimSuffix(prefix, "."), "expected settings as `key: value`", "indent the settings below their section")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f.entry(v, n.Content[i], n.Content[i+1], prefix)
	}
}

func (f *file) entry(v reflect.Value, name, value *yaml.Node, prefix string) {
	path := prefix + name.Value
	field, ok := fieldByKey(v, name.Value)
	switch _, seen := f.lines[path]; {
	case !ok:
		f.problem(name, path, "unknown setting", suggest(v, name.Value))
		return
	case seen && !strings.Contains(prefix, "["):
		f.problem(name, path, "set twice", "remove one of the two")
		return
	}
	f.lines[path] = name.Line
	f.value(field, value, path)
}

func (f *file) value(field reflect.Value, n *yaml.Node, path string) {
	switch {
	case n.Tag == "!!null":
	case field.Kind() == reflect.Struct:
		f.mapping(field, n, path+".")
	case field.Kind() == reflect.Slice:
		f.list(field, n, path)
	case n.Kind != yaml.ScalarNode:
		f.problem(n, path, "expected one value, found a list or a section", "write `"+path[strings.LastIndex(path, ".")+1:]+": VALUE`")
	default:
		if err := setText(field, n.Value); err != nil {
			f.problem(n, path, err.Error(), "")
		}
	}
}

func (f *file) list(field reflect.Value, n *yaml.Node, path string) {
	if n.Kind != yaml.SequenceNode {
		f.problem(n, path, "expected a list", "write `- ITEM` lines or [ITEM, ITEM]")
		return
	}
	out := reflect.MakeSlice(field.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		f.value(out.Index(i), item, fmt.Sprintf("%s[%d]", path, i))
		f.lines[fmt.Sprintf("%s[%d]", path, i)] = item.Line
	}
	field.Set(out)
}

func (f *file) problem(n *yaml.Node, key, message, remedy string) {
	f.problems = append(f.problems, Problem{File: f.name, Line: n.Line, Key: key, Message: message, Remedy: remedy})
}

// setYAML stores a structured setting given as YAML text on one line (environment variables of lists).
func setYAML(v reflect.Value, s string) error {
	f := file{name: "value", lines: map[string]int{}}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(s), &doc); err != nil || len(doc.Content) == 0 {
		return fmt.Errorf("not readable as YAML: write a list such as [{name: prod, key: SECRET}]")
	}
	f.value(v, doc.Content[0], "")
	if len(f.problems) > 0 {
		return fmt.Errorf("%s", f.problems[0].Message)
	}
	return nil
}

func fieldByKey(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}
