package trinosql

import (
	"fmt"
	"strings"
	"time"

	"limnograph"
)

// How far the arrival of a datapoint may be from its timestamp: CloudWatch takes points up to 2 hours ahead, and a metric
// stream delivers them up to 2 days late.
const (
	ahead = 2 * time.Hour
	late  = 48 * time.Hour
)

// Prune restricts the tables that a text reads to the arrival days that may hold datapoints of r: in front of the text,
// each published name that it reads becomes a common table expression over the table that qualify gives for the name
// (a full name in SQL, which is not looked up among these expressions). A name that the text itself gives to one stays
// as it is, and so does the whole text when r is zero, or when it is no query. The text must have passed Check, or be
// one of the product's own.
func Prune(sql string, schemas []limnograph.Schema, qualify func(name string) string, r limnograph.TimeRange) string {
	tokens, err := lex(sql)
	if err != nil || r.IsZero() || !startsQuery(tokens[0]) && !tokens[0].isSymbol("(") {
		return sql
	}
	var parts []string
	for _, name := range prunedNames(tokens, schemas) {
		parts = append(parts, fmt.Sprintf("%s AS (SELECT * FROM %s WHERE %s)", name, qualify(name), daysSQL(r)))
	}
	if parts == nil {
		return sql
	}
	return insertWith(sql, tokens, strings.Join(parts, ", "))
}

// insertWith puts common table expressions before those of the text, which may read them.
func insertWith(sql string, tokens []token, expressions string) string {
	if !tokens[0].is("WITH") {
		at := tokens[0].from
		return sql[:at] + "WITH " + expressions + " " + sql[at:]
	}
	at := tokens[0].to
	if tokens[1].is("RECURSIVE") {
		at = tokens[1].to
	}
	return sql[:at] + " " + expressions + "," + sql[at:]
}

// prunedNames are the published names that the text holds, in the order of the schemas, without those that the text
// defines. A text that asks for a hidden column keeps its tables as they are: SELECT * would leave it out.
func prunedNames(tokens []token, schemas []limnograph.Schema) []string {
	mentioned, defined := make(map[string]bool), make(map[string]bool)
	for i, t := range tokens {
		if t.isHidden() {
			return nil
		}
		if t.kind != word && t.kind != quoted {
			continue
		}
		name := lowerCase(t.text)
		mentioned[name] = true
		defined[name] = defined[name] || isDefinition(tokens, i)
	}
	var names []string
	for _, s := range schemas {
		for _, name := range s.RawNames() {
			if mentioned[name] && !defined[name] {
				names = append(names, name)
			}
		}
	}
	return names
}

// isDefinition recognizes name [(columns)] AS ( behind WITH or a comma.
func isDefinition(tokens []token, at int) bool {
	if at == 0 || !tokens[at-1].is("WITH") && !tokens[at-1].is("RECURSIVE") && !tokens[at-1].isSymbol(",") {
		return false
	}
	next := at + 1
	if tokens[next].isSymbol("(") {
		for tokens[next].kind != end && !tokens[next].isSymbol(")") {
			next++
		}
		next++
	}
	return next+1 < len(tokens) && tokens[next].is("AS") && tokens[next+1].isSymbol("(")
}

// daysSQL is the predicate on the arrival days of a range: one term for each month, one for all whole years between.
func daysSQL(r limnograph.TimeRange) string {
	from, to := arrivalDays(r)
	if to.Before(from) {
		return "false"
	}
	if from.Year() == to.Year() {
		return "(" + strings.Join(months(from, to), " OR ") + ")"
	}
	terms := months(from, time.Date(from.Year(), 12, 31, 0, 0, 0, 0, time.UTC))
	if first, last := from.Year()+1, to.Year()-1; first <= last {
		terms = append(terms, fmt.Sprintf(`"year" BETWEEN '%04d' AND '%04d'`, first, last))
	}
	terms = append(terms, months(time.Date(to.Year(), 1, 1, 0, 0, 0, 0, time.UTC), to)...)
	return "(" + strings.Join(terms, " OR ") + ")"
}

// arrivalDays are the first and the last day; an end that the range leaves open is that of the calendar.
func arrivalDays(r limnograph.TimeRange) (from, to time.Time) {
	first := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	from, to = first, last
	if !r.From.IsZero() {
		from = r.From.UTC().Add(-ahead).Truncate(24 * time.Hour)
	}
	if !r.To.IsZero() {
		to = r.To.UTC().Add(late).Truncate(24 * time.Hour)
	}
	if from.Before(first) {
		from = first
	}
	if to.After(last) {
		to = last
	}
	return from, to
}

// months lists the terms of the days from one to another of the same year.
func months(from, to time.Time) []string {
	var terms []string
	for m := from.Month(); m <= to.Month(); m++ {
		first, last := 1, 31
		if m == from.Month() {
			first = from.Day()
		}
		if m == to.Month() {
			last = to.Day()
		}
		terms = append(terms, fmt.Sprintf(`"year" = '%04d' AND "month" = '%02d' AND "day" BETWEEN '%02d' AND '%02d'`, from.Year(), m, first, last))
	}
	return terms
}
