package schema

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"limnograph"
)

const (
	firstYear  = 2009 // CloudWatch began in May of this year
	lastYear   = 9999
	maxSenders = 200 // each sender multiplies the partitions that a query has to think of
)

const projectionHint = `write projection: {senders: ["111122223333"], since: 2026}`

// projection reads {senders: ["111122223333"], since: 2026}.
func (p *parser) projection(n *yaml.Node) {
	for key, value := range p.pairs(n, "projection", projectionHint) {
		switch key.Value {
		case "senders":
			p.senders(value)
		case "since":
			p.at["projection.since"] = value
			p.since(value)
		default:
			p.fail(key, fmt.Sprintf("unknown key %.100q of projection", key.Value), projectionHint)
		}
	}
	if n.Kind == yaml.MappingNode && p.at["projection.senders"] == nil {
		p.fail(n, "projection lists no senders", projectionHint)
	}
}

func (p *parser) senders(n *yaml.Node) {
	p.at["projection.senders"] = n
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.fail(n, "senders must be a list of at least one", projectionHint)
		return
	}
	for i, item := range n.Content {
		p.at["projection.senders["+strconv.Itoa(i)+"]"] = item
		p.schema.Projection.Senders = append(p.schema.Projection.Senders, p.text(item, "a sender"))
	}
}

func (p *parser) since(n *yaml.Node) {
	text := p.text(n, "since")
	if text == "" {
		return
	}
	year, err := strconv.Atoi(text)
	if err != nil {
		p.fail(n, fmt.Sprintf("since %.50q is no year", text), "write the year of the first data, such as since: 2026")
		return
	}
	p.schema.Projection.Since = year
}

// checkProjection finds what Athena and Trino could not compute partitions from. Senders stand in the list as folders
// spell them, so only plain ones can be listed.
func checkProjection(p limnograph.Projection) []problem {
	if len(p.Senders) == 0 && p.Since == 0 {
		return nil
	}
	var problems []problem
	if len(p.Senders) == 0 || len(p.Senders) > maxSenders {
		problems = append(problems, problem{
			"projection.senders", fmt.Sprintf("projection lists %d senders, not 1 to %d", len(p.Senders), maxSenders),
			"list the account ids that deliver to this table, or remove projection: partitions are then registered as they come",
		})
	}
	if p.Since < firstYear || p.Since > lastYear {
		problems = append(problems, problem{
			"projection.since", fmt.Sprintf("projection since %d is no year of CloudWatch data", p.Since),
			"write the year of the first data, such as since: 2026",
		})
	}
	return append(problems, checkSenders(p.Senders)...)
}

func checkSenders(senders []string) []problem {
	var problems []problem
	seen := make(map[string]bool)
	for i, s := range senders {
		path := "projection.senders[" + strconv.Itoa(i) + "]"
		switch {
		case !isPlainSender(s):
			problems = append(problems, problem{
				path, fmt.Sprintf("sender %.100q can't be computed", s),
				"use an account id, or a name of letters, digits and - . _ that starts with a letter or digit",
			})
		case seen[s]:
			problems = append(problems, problem{path, fmt.Sprintf("sender %q stands twice", s), "remove one of them"})
		}
		seen[s] = true
	}
	return problems
}

// isPlainSender reports whether a sender is its own folder name (see objectkey) and needs no escape in a list.
func isPlainSender(s string) bool {
	if s == "" || len(s) > 100 || !isWord(rune(s[0])) {
		return false
	}
	for _, r := range s {
		if !isWord(r) && r != '-' && r != '.' && r != '_' {
			return false
		}
	}
	return true
}
