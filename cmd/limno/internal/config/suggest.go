package config

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// suggest names the setting that the writer probably meant.
func suggest(v reflect.Value, got string) string {
	best, distance := "", 4
	var known []string
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("yaml")
		known = append(known, key)
		if d := editDistance(strings.ToLower(got), key); d < distance {
			best, distance = key, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "known here: " + strings.Join(known, ", ")
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost = 1 + min(prev, row[j], row[j+1])
			}
			prev, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// yamlProblem turns the parser's "yaml: line 3: ..." into a problem.
func yamlProblem(name string, err error) Problem {
	p := Problem{File: name, Line: 1, Message: strings.TrimPrefix(err.Error(), "yaml: "), Remedy: "check indentation and quotes on this line and the one above"}
	if m := regexp.MustCompile(`^yaml: line (\d+): (.*)$`).FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Message = m[2]
	}
	return p
}
