package cloudformation

import (
	"regexp"
	"strings"
)

// InWords says what each role may do, one sentence a statement: "catalogue function may read landed objects and schema
// definitions". Names are those of the parameters' defaults; a parameter without one stands in angle brackets.
func (p Preview) InWords() []string {
	var sentences []string
	for _, r := range p.Roles {
		for _, s := range r.Statements {
			sentence := r.Title + " may " + s.May
			switch s.When {
			case withKey:
				sentence = "with a key of yours, " + sentence
			case hasRoles:
				sentence = "with CollectRoles, " + sentence
			}
			sentences = append(sentences, p.Fill(sentence))
		}
	}
	return sentences
}

// Fill puts the defaults of the template's parameters into a text that holds ${parameters}.
func (p Preview) Fill(text string) string {
	return regexp.MustCompile(`\$\{[A-Za-z:]+\}`).ReplaceAllStringFunc(text, func(match string) string {
		name := strings.Trim(match, "${}")
		for _, parameter := range p.Parameters {
			if parameter.Name == name && !parameter.Required && (parameter.Default != "" || name == "KeyPrefix") {
				return parameter.Default
			}
		}
		return "<" + strings.TrimPrefix(name, "AWS::") + ">"
	})
}
