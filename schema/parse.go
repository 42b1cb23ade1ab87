package schema

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"limnograph"
)

// maxFile bounds a definition file; a real one has a few hundred bytes.
const maxFile = 1 << 20

// Parse reads one definition; file is its name for messages. A file needs a namespace and nothing else: the table is
// named after it (AWS/EBS becomes ebs_metrics). Errors: CodeInvalid, joined, one for each mistake, each with
// file:line:column and the remedy.
func Parse(file string, data []byte) (limnograph.Schema, error) {
	root, err := document(file, data)
	if err != nil {
		return limnograph.Schema{}, err
	}
	p := &parser{file: file, at: map[string]*yaml.Node{"": root}}
	p.root(root)
	if len(p.errs) == 0 {
		p.check()
	}
	if len(p.errs) > 0 {
		return limnograph.Schema{}, errors.Join(p.errs...)
	}
	return p.schema, nil
}

// document parses the YAML syntax and returns the top-level mapping.
func document(file string, data []byte) (*yaml.Node, error) {
	if len(data) > maxFile {
		return nil, invalid(file+": is larger than 1 MiB", "a schema definition is a small YAML file")
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, invalid(file+":1:1: the file is empty", "add at least namespace: and dimensions:")
	} else if err != nil {
		return nil, syntaxError(file, err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		return nil, invalid(fmt.Sprintf("%s:%d:%d: a second document starts", file, second.Line, second.Column),
			"write one definition per file")
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(file, err)
	}
	return doc.Content[0], nil
}

// syntaxError gives yaml's "yaml: line 3: ..." the form of the other messages.
func syntaxError(file string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := "1"
	if m := regexp.MustCompile(`^line ([0-9]+): `).FindStringSubmatch(text); m != nil {
		line, text = m[1], text[len(m[0]):]
	}
	return invalid(fmt.Sprintf("%s:%s:1: not valid YAML: %s", file, line, text), "check indentation, colons and quotes near this line")
}

type parser struct {
	file   string
	schema limnograph.Schema
	at     map[string]*yaml.Node // where each path of the schema stands
	errs   []error
}

func (p *parser) fail(n *yaml.Node, message, hint string) {
	p.errs = append(p.errs, invalid(fmt.Sprintf("%s:%d:%d: %s", p.file, n.Line, n.Column, message), hint))
}

// check runs the rules of meaning and reports them where the value stands.
func (p *parser) check() {
	for _, one := range check(p.schema) {
		n := p.at[one.path]
		if n == nil {
			n = p.at[""]
		}
		message := one.message
		if strings.HasPrefix(message, "is ") {
			message = one.path + " " + message
		}
		p.fail(n, message, one.hint)
	}
}

func (p *parser) root(n *yaml.Node) {
	for key, value := range p.pairs(n, "a schema definition", "start with namespace: and dimensions:") {
		p.at[key.Value] = value
		switch key.Value {
		case "namespace":
			p.schema.Namespace = p.text(value, "namespace")
		case "table":
			p.schema.Table = p.text(value, "table")
		case "dimensions":
			p.dimensions(value)
		case "totals":
			p.totals(value)
		case "extract":
			p.extracts(value)
		case "retention":
			p.schema.Retention = p.retention(value, "retention")
		case "table_retention":
			p.schema.TableRetention = p.retention(value, "table_retention")
		case "projection":
			p.projection(value)
		default:
			p.fail(key, fmt.Sprintf("unknown key %.100q", key.Value), unknownKeyHint(key.Value))
		}
	}
	if p.schema.Table == "" && p.schema.Namespace != "" && p.at["table"] == nil {
		p.schema.Table = defaultTable(p.schema.Namespace)
		p.at["table"] = p.at["namespace"]
	}
}

// pairs yields the keys and values of a mapping, and reports anything else, merge keys and repeated keys.
func (p *parser) pairs(n *yaml.Node, what, hint string) func(yield func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			p.fail(n, what+" must be a mapping of names to values", hint)
			return
		}
		seen := make(map[string]bool)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			if k.Kind != yaml.ScalarNode || k.Tag == "!!merge" {
				p.fail(k, "a key must be a plain name", hint)
				continue
			}
			if seen[k.Value] {
				p.fail(k, fmt.Sprintf("key %.100q stands twice", k.Value), "remove one of them")
				continue
			}
			seen[k.Value] = true
			if !yield(k, v) {
				return
			}
		}
	}
}

// text returns a scalar as it is written; numbers and booleans too, because names may look like them.
func (p *parser) text(n *yaml.Node, what string) string {
	switch {
	case n.Kind == yaml.AliasNode:
		p.fail(n, what+" is a YAML alias", "write the value out")
	case n.Kind != yaml.ScalarNode:
		p.fail(n, what+" must be one value", "write "+what+": value")
	case n.Tag == "!!null":
		p.fail(n, what+" has no value", "write the value after the colon or remove the line")
	default:
		return n.Value
	}
	return ""
}

func (p *parser) retention(n *yaml.Node, what string) time.Duration {
	text := p.text(n, what)
	if text == "" {
		return 0
	}
	d, ok := parseRetention(text)
	if !ok {
		p.fail(n, fmt.Sprintf("%s %.50q is no length of time", what, text), "write 400d, 26w, 36h or forever")
	}
	return d
}

func (p *parser) dimensions(n *yaml.Node) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			p.dimension(item)
		}
	case yaml.MappingNode:
		for key, value := range p.pairs(n, "dimensions", "write Name: column") {
			p.addDimension(key, key.Value, p.text(value, "the column of "+key.Value))
		}
	default:
		p.fail(n, "dimensions must be a list", "write dimensions: [VolumeId], or one name a line after a dash")
	}
}

func (p *parser) dimension(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		if name := p.text(n, "a dimension"); name != "" {
			p.addDimension(n, name, SnakeCase(name))
		}
		return
	}
	var name, column string
	const hint = "write {name: VolumeId, column: volume_id}, or the name alone"
	for key, value := range p.pairs(n, "a dimension", hint) {
		switch key.Value {
		case "name":
			name = p.text(value, "name")
		case "column":
			column = p.text(value, "column")
		default:
			p.fail(key, fmt.Sprintf("unknown key %.100q of a dimension", key.Value), hint)
		}
	}
	p.addDimension(n, name, cmp.Or(column, SnakeCase(name)))
}

func (p *parser) addDimension(n *yaml.Node, name, column string) {
	p.at["dimensions["+strconv.Itoa(len(p.schema.Dimensions))+"]"] = n
	p.schema.Dimensions = append(p.schema.Dimensions, limnograph.PromotedDimension{Name: name, Column: column})
}

// totals reads {JobRunId: ALL}; a dimension may have a list of such values.
func (p *parser) totals(n *yaml.Node) {
	for key, value := range p.pairs(n, "totals", "write JobRunId: ALL below totals:") {
		values := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			values = value.Content
		}
		for _, v := range values {
			p.at["totals["+strconv.Itoa(len(p.schema.Totals))+"]"] = v
			total := limnograph.Dimension{Name: key.Value, Value: p.text(v, "the value of "+key.Value)}
			p.schema.Totals = append(p.schema.Totals, total)
		}
	}
}

func (p *parser) extracts(n *yaml.Node) {
	for key, value := range p.pairs(n, "extract", "write column: 'pattern' below extract:") {
		p.at["extract["+strconv.Itoa(len(p.schema.Extracts))+"]"] = value
		pattern := p.text(value, "the pattern of "+key.Value)
		p.schema.Extracts = append(p.schema.Extracts, limnograph.ExtractedColumn{Column: key.Value, Pattern: pattern})
	}
}

func unknownKeyHint(key string) string {
	known := []string{"namespace", "table", "dimensions", "totals", "extract", "retention", "table_retention", "projection"}
	i := slices.IndexFunc(known, func(k string) bool {
		return len(key) >= 3 && strings.HasPrefix(k, strings.ToLower(key[:3]))
	})
	if i >= 0 {
		return "did you mean " + known[i] + "?"
	}
	return "known keys: " + strings.Join(known, ", ")
}
