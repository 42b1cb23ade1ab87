package cloudformation

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"limnograph"
)

// Parameter is a parameter of a template, as the template declares it.
type Parameter struct {
	Name        string
	Type        string // String or Number
	Default     string
	Required    bool // it has no default
	Description string

	pattern    *regexp.Regexp // of the whole value; nil: any
	constraint string
	allowed    []string
	min, max   *float64
}

// Parameters lists the parameters of a rendered template in its order. Errors: CodeInvalid (not a template of ours).
func Parameters(rendered []byte) ([]Parameter, error) {
	root, err := parse(rendered)
	if err != nil {
		return nil, err
	}
	var list []Parameter
	for name, n := range pairs(child(root, "Parameters")) {
		var d struct {
			Type                  string   `yaml:"Type"`
			Default               *string  `yaml:"Default"`
			Description           string   `yaml:"Description"`
			AllowedPattern        string   `yaml:"AllowedPattern"`
			ConstraintDescription string   `yaml:"ConstraintDescription"`
			AllowedValues         []string `yaml:"AllowedValues"`
			MinValue              *float64 `yaml:"MinValue"`
			MaxValue              *float64 `yaml:"MaxValue"`
		}
		if err := n.Decode(&d); err != nil {
			return nil, malformed(err)
		}
		pattern, err := compile(d.AllowedPattern)
		if err != nil {
			return nil, malformed(err)
		}
		p := Parameter{
			Name: name, Type: d.Type, Description: d.Description, Required: d.Default == nil,
			pattern: pattern, constraint: d.ConstraintDescription, allowed: d.AllowedValues, min: d.MinValue, max: d.MaxValue,
		}
		if d.Default != nil {
			p.Default = *d.Default
		}
		list = append(list, p)
	}
	return list, nil
}

// compile reads a pattern as CloudFormation does: it has to match the whole value.
func compile(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

// CheckValues says what CloudFormation would refuse, before it is asked: unknown parameters, missing ones (unless the
// stack has them already, as have tells), and values that do not fit. Errors: CodeInvalid, all of it.
func CheckValues(declared []Parameter, values map[string]string, have func(name string) bool) error {
	var wrong []string
	for _, p := range declared {
		value, given := values[p.Name]
		if !given && p.Required && !have(p.Name) {
			wrong = append(wrong, p.Name+" is missing: "+p.Description)
		}
		if why := p.refuse(value); given && why != "" {
			wrong = append(wrong, fmt.Sprintf("%s=%q: %s", p.Name, value, why))
		}
	}
	for name := range values {
		if !slices.ContainsFunc(declared, func(p Parameter) bool { return p.Name == name }) {
			wrong = append(wrong, "there is no parameter "+name)
		}
	}
	wrong = append(wrong, ages(declared, values)...)
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "check parameters", Message: strings.Join(wrong, "; "),
		Hint: "`limno cfn render` shows all parameters",
	}
}

// refuse says why a value does not fit; "" when it does.
func (p Parameter) refuse(value string) string {
	if p.pattern != nil && !p.pattern.MatchString(value) {
		return p.constraint
	}
	if len(p.allowed) > 0 && !slices.Contains(p.allowed, value) {
		return "use one of " + strings.Join(p.allowed, ", ")
	}
	if p.Type != "Number" {
		return ""
	}
	n, err := strconv.ParseFloat(value, 64)
	switch {
	case err != nil:
		return "is no number"
	case p.min != nil && n < *p.min:
		return fmt.Sprintf("is below %s", number(*p.min))
	case p.max != nil && n > *p.max:
		return fmt.Sprintf("is above %s", number(*p.max))
	}
	return ""
}

// ages: S3 wants landed objects to grow colder with age, at least 30 days apart, and to expire after that.
func ages(declared []Parameter, values map[string]string) (wrong []string) {
	days := func(name string) int {
		value, given := values[name]
		for _, p := range declared {
			if p.Name == name && !given {
				value = p.Default
			}
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return 0
		}
		return n
	}
	infrequent, cold, end := days("InfrequentAccessAfterDays"), days("ColdAfterDays"), days("RetentionDays")
	if infrequent > 0 && cold > 0 && cold < infrequent+30 {
		wrong = append(wrong, fmt.Sprintf("ColdAfterDays=%d: objects stay in STANDARD_IA for 30 days at least: use %d or more, or 0", cold, infrequent+30))
	}
	if last := max(infrequent, cold); end > 0 && last >= end {
		wrong = append(wrong, fmt.Sprintf("RetentionDays=%d: objects would expire before they move to a colder class after %d days: set that to 0", end, last))
	}
	return wrong
}

func parse(rendered []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(rendered, &doc); err != nil {
		return nil, malformed(err)
	}
	if doc.Kind != yaml.DocumentNode || doc.Content[0].Kind != yaml.MappingNode {
		return nil, malformed(nil)
	}
	return doc.Content[0], nil
}

func malformed(err error) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read template", Message: "it is no template of limno", Err: err}
}

// child returns the value of a key of a mapping; nil when there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	for k, v := range pairs(n) {
		if k == key {
			return v
		}
	}
	return nil
}

// pairs yields the keys and values of a mapping.
func pairs(n *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}
