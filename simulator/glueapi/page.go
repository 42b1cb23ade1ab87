package glueapi

import (
	"encoding/base64"
	"strings"
)

// page is what paged requests have in common.
type page struct {
	NextToken  string
	MaxResults *int32
}

const (
	mostJobs    = 1000
	mostRuns    = 200
	defaultJobs = 100
)

// size is how many entries the answer may have.
func (p *page) size(otherwise int) int {
	if p.MaxResults == nil {
		return otherwise
	}
	return int(*p.MaxResults)
}

// after is where the page begins: behind that entry; empty: at the first one.
func (p *page) after(kind string) (string, error) {
	if p.NextToken == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.NextToken)
	rest, ok := strings.CutPrefix(string(text), kind+":")
	if err != nil || !ok || rest == "" {
		return "", invalid("The specified token is invalid")
	}
	return rest, nil
}

// tokenAfter leads to the page behind an entry.
func tokenAfter(kind, entry string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + ":" + entry))
}

// cut takes one page of the names, which are sorted, and the token of the next one.
func (p *page) cut(kind string, names []string) (some []string, next string, err error) {
	after, err := p.after(kind)
	if err != nil {
		return nil, "", err
	}
	for len(names) > 0 && names[0] <= after {
		names = names[1:]
	}
	if size := p.size(defaultJobs); len(names) > size {
		names = names[:size]
		next = tokenAfter(kind, names[size-1])
	}
	return names, next, nil
}
