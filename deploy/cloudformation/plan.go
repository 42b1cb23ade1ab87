package cloudformation

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Preview says what a stack is before it is created.
type Preview struct {
	Parameters []Parameter
	Resources  []Resource
	Roles      []Role
	Bill       Bill
}

// Resource is one resource of the template.
type Resource struct {
	ID      string // logical name
	Type    string // AWS::S3::Bucket, ...
	Purpose string // what it is there for, as the template's comment says
	When    string // condition of the template under which it exists; empty: always
	Kept    bool   // stays when the stack is removed
}

// Plan lists resources and permissions of the stack that the options make, and what it costs a month for that fleet.
// Errors: CodeInvalid (options or fleet).
func Plan(o Options, f Fleet) (Preview, error) {
	text, err := Render(o)
	if err != nil {
		return Preview{}, err
	}
	resources, err := resourcesOf(text)
	if err != nil {
		return Preview{}, err
	}
	parameters, err := Parameters(text)
	if err != nil {
		return Preview{}, err
	}
	bill, err := billOf(o, f, resources)
	return Preview{Parameters: parameters, Resources: resources, Roles: Roles(o), Bill: bill}, err
}

// resourcesOf reads the resources of a rendered template, in its order.
func resourcesOf(rendered []byte) ([]Resource, error) {
	root, err := parse(rendered)
	if err != nil {
		return nil, err
	}
	var list []Resource
	section := child(root, "Resources")
	for i := 0; section != nil && i+1 < len(section.Content); i += 2 {
		key, value := section.Content[i], section.Content[i+1]
		list = append(list, Resource{
			ID: key.Value, Type: scalar(value, "Type"), When: scalar(value, "Condition"), Purpose: purpose(key.HeadComment),
			Kept: strings.HasPrefix(scalar(value, "DeletionPolicy"), "Retain"),
		})
	}
	return list, nil
}

func scalar(n *yaml.Node, key string) string {
	if v := child(n, key); v != nil {
		return v.Value
	}
	return ""
}

// purpose is the first sentence of the comment that stands directly above a resource.
func purpose(comment string) string {
	paragraphs := strings.Split(comment, "\n\n")
	var words []string
	for line := range strings.Lines(paragraphs[len(paragraphs)-1]) {
		words = append(words, strings.Fields(strings.TrimLeft(line, "# "))...)
	}
	sentence, _, _ := strings.Cut(strings.Join(words, " ")+" ", ". ")
	return strings.TrimSuffix(strings.TrimSpace(sentence), ".")
}
