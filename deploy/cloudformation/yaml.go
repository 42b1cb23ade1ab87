package cloudformation

import (
	"bytes"
	"encoding/json"
	"strings"
	"text/template"
)

func functions() template.FuncMap {
	return template.FuncMap{"quote": quote, "sub": sub, "statement": statement}
}

// quote writes any text as a double-quoted YAML scalar.
func quote(text string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// sub writes a text in which ${...} stands for a parameter; !Sub only where one does.
func sub(text string) (string, error) {
	quoted, err := quote(text)
	if strings.Contains(text, "${") {
		quoted = "!Sub " + quoted
	}
	return quoted, err
}

// statement writes an IAM statement; its first line stands behind something, the others begin with indent spaces.
func statement(indent int, s Statement) (string, error) {
	w := &block{lines: []string{"Sid: " + s.Sid, "Effect: Allow", "Action:"}}
	w.list("  ", s.Actions)
	if s.Listed != "" {
		w.lines = append(w.lines, `Resource: !Split [",", !Ref `+s.Listed+"]")
	} else {
		w.lines = append(w.lines, "Resource:")
		w.list("  ", s.Resources)
	}
	if len(s.Conditions) > 0 {
		w.lines = append(w.lines, "Condition:")
	}
	for _, c := range s.Conditions {
		w.lines = append(w.lines, "  "+c.Operator+":", "    "+c.Key+":")
		w.list("      ", c.Values)
	}
	return strings.Join(w.lines, "\n"+strings.Repeat(" ", indent)), w.err
}

// block collects the lines of a piece of YAML.
type block struct {
	lines []string
	err   error
}

func (b *block) list(indent string, values []string) {
	for _, v := range values {
		text := v
		if strings.ContainsAny(v, "$*{") {
			var err error
			if text, err = sub(v); err != nil {
				b.err = err
			}
		}
		b.lines = append(b.lines, indent+"- "+text)
	}
}
