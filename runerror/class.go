package runerror

import (
	"cmp"
	"slices"
	"strings"

	"limnograph"
)

// Class is what an error is. Both words come from closed lists, so they may become values of a metric.
type Class struct {
	Category string // Glue's error category, such as OUT_OF_MEMORY_ERROR; "": the run has not failed
	Class    string // a finer word of ours, such as driver_out_of_memory; "other" when nobody knows, "": the run has not failed
}

// Other is the class of an error that nobody knows.
const Other = "other"

// most is how much of a text is read: the cause stands at its beginning, and again at its end.
const most = 32 << 10

// Classify tells what the error of a run in this state is, by its text as Glue wrote it. Glue's own word about the category,
// which begins the text since Glue 4.0, stands; what a run in TIMEOUT or EXPIRED says about itself counts for nothing.
func Classify(text string, state limnograph.RunState) Class {
	if !state.HasFailed() {
		return Class{}
	}
	if c, ok := ofState(state); ok {
		return c
	}
	text = strings.ToLower(ends(text))
	found := byText(text)
	told := toldCategory(text)
	if told == "" && found.Category == "" && state == limnograph.RunError {
		return Class{"LAUNCH_ERROR", "not_started"}
	}
	return Class{
		Category: cmp.Or(told, found.Category, "UNCLASSIFIED_ERROR"),
		Class:    cmp.Or(found.Class, classOf(told), Other),
	}
}

// ends returns the beginning and the end of a long text.
func ends(text string) string {
	if len(text) <= 2*most {
		return text
	}
	return text[:most] + "\n" + text[len(text)-most:]
}

func ofState(state limnograph.RunState) (Class, bool) {
	switch state {
	case limnograph.RunTimeout:
		return Class{"TIMEOUT_ERROR", "timeout"}, true
	case limnograph.RunExpired:
		return Class{"LAUNCH_ERROR", "expired_in_queue"}, true
	}
	return Class{}, false
}

// toldCategory reads "Error Category: QUERY_ERROR; ..."; "": the text tells none that is known.
func toldCategory(lower string) string {
	_, rest, ok := strings.Cut(lower, "error category:")
	if !ok {
		return ""
	}
	word, _, _ := strings.Cut(strings.TrimSpace(rest), ";")
	word = strings.ToUpper(strings.TrimSpace(word))
	if slices.Contains(Categories(), word) {
		return word
	}
	return ""
}

// byText returns the first rule's class that fits; the zero Class: none does.
func byText(lower string) Class {
	for _, r := range rules() {
		if r.fits(lower) {
			return Class{r.category, r.class}
		}
	}
	return Class{}
}

// rule says which texts are of a class: those with one of any, and of these with one of also, if there are such.
type rule struct {
	category, class string
	any, also       []string
}

func (r rule) fits(lower string) bool {
	return containsAny(lower, r.any) && (len(r.also) == 0 || containsAny(lower, r.also))
}

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}
