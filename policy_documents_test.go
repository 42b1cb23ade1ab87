package limnograph_test

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// documentRules are the rules on the documentation.
func documentRules() []rule {
	return []rule{{
		name:   "links in documents lead somewhere",
		reason: "readers in trouble follow a link; a dead one leaves them there",
		check: func(t tree) (found []string) {
			for _, document := range slices.Sorted(maps.Keys(t.Texts)) {
				if path.Ext(document) != ".md" {
					continue
				}
				for _, link := range links(t.Texts[document]) {
					if wrong := deadLink(t, document, link); wrong != "" {
						found = append(found, violation(document, "%s: %s", link, wrong))
					}
				}
			}
			return found
		},
	}, {
		name:   "tests that documents name exist",
		reason: "a document that names a proof which is gone claims what nobody shows",
		check: func(t tree) (found []string) {
			tests := testNames(t)
			for _, document := range slices.Sorted(maps.Keys(t.Texts)) {
				for _, name := range namedTests(document, t.Texts[document]) {
					if !slices.ContainsFunc(tests, func(test string) bool {
						return test == name || strings.HasPrefix(test, strings.TrimSuffix(name, "...")) && strings.HasSuffix(name, "...")
					}) {
						found = append(found, violation(document, "there is no test %s", name))
					}
				}
			}
			return found
		},
	}}
}

// namedTests lists what a document names as tests: `TestThis`, or `TestThese...` for all that begin so.
func namedTests(path, text string) (names []string) {
	if !strings.HasSuffix(path, ".md") {
		return nil
	}
	for _, match := range regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*(?:\\.\\.\\.)?)`").FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	return names
}

// testNames lists the test functions of the tree.
func testNames(t tree) (names []string) {
	for _, p := range t.Packages {
		for _, text := range p.Tests {
			for _, match := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(text, -1) {
				names = append(names, match[1])
			}
		}
	}
	return names
}

// links lists the targets of inline links and pictures, outside code, that stay in the repository.
func links(markdown string) (targets []string) {
	target := regexp.MustCompile(`\]\(([^()\s]+)\)`)
	for _, match := range target.FindAllStringSubmatch(withoutCode(markdown), -1) {
		if !strings.Contains(match[1], "://") && !strings.HasPrefix(match[1], "mailto:") {
			targets = append(targets, match[1])
		}
	}
	return targets
}

func deadLink(t tree, document, link string) string {
	file, anchor, _ := strings.Cut(link, "#")
	target := document
	if file != "" {
		target = path.Join(path.Dir(document), file)
	}
	if !t.Exists(target) {
		return "there is no " + target
	}
	text, read := t.Texts[target]
	if anchor != "" && read && !slices.Contains(anchors(text), anchor) {
		return "there is no heading " + anchor + " in " + target
	}
	return ""
}

// anchors lists the names that a reader's browser knows the headings by: lower case, spaces as hyphens, no other
// punctuation.
func anchors(markdown string) (names []string) {
	punctuation := regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	for line := range strings.Lines(withoutFences(markdown)) {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || line[0] != '#' {
			continue
		}
		name := punctuation.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

func withoutCode(markdown string) string {
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(withoutFences(markdown), "")
}

func withoutFences(markdown string) string {
	return regexp.MustCompile("(?ms)^```.*?^```").ReplaceAllString(markdown, "")
}
