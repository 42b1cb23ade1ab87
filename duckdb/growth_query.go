package duckdb

import (
	"maps"
	"strings"
)

// query estimates the largest column of a SELECT, with what its WITH and FROM bring into sight.
func (z *sizer) query(n map[string]any, sc scope) float64 {
	sc = z.withCTEs(n, sc)
	for _, size := range sc.aliases { // those of an enclosing SELECT are columns here
		sc.column = max(sc.column, size)
	}
	if from, ok := n["from_table"]; ok {
		sc.column = max(sc.column, z.source(from, sc))
	}
	sc.aliases = make(map[string]float64)
	size := z.selectList(n["select_list"], sc)
	for key, child := range n {
		switch key {
		case "cte_map", "from_table", "select_list":
			continue
		case "left", "right", "children": // of UNION and its kin
			size = max(size, z.largest(child, sc))
			continue
		}
		z.size(child, sc)
	}
	return size
}

func (z *sizer) withCTEs(n map[string]any, sc scope) scope {
	cteMap, _ := n["cte_map"].(map[string]any)
	entries, _ := cteMap["map"].([]any)
	ctes := maps.Clone(sc.ctes)
	if ctes == nil {
		ctes = make(map[string]float64)
	}
	sc.ctes = ctes
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		ctes[strings.ToLower(member(entry, "key"))] = z.largest(entry["value"], sc)
	}
	return sc
}

// selectList evaluates the columns in their order: a later one may read an earlier one by its alias.
func (z *sizer) selectList(list any, sc scope) float64 {
	items, _ := list.([]any)
	var largest float64
	for _, item := range items {
		size := z.size(item, sc)
		n, _ := item.(map[string]any)
		if alias := strings.ToLower(member(n, "alias")); alias != "" {
			sc.aliases[alias] = max(sc.aliases[alias], size)
		}
		largest = max(largest, size)
	}
	return largest
}

// source estimates the largest column of a FROM.
func (z *sizer) source(node any, sc scope) float64 {
	n, _ := node.(map[string]any)
	switch member(n, "type") {
	case "BASE_TABLE":
		return max(1, sc.ctes[strings.ToLower(member(n, "table_name"))])
	case "JOIN":
		left := z.source(n["left"], sc)
		sc.column = max(sc.column, left) // a LATERAL on the right reads it
		sc.column = max(sc.column, z.source(n["right"], sc))
		z.size(n["condition"], sc)
		return sc.column
	case "TABLE_FUNCTION":
		return z.tableFunction(n["function"], sc)
	case "PIVOT":
		sc.column = max(sc.column, z.source(n["source"], sc))
		n = maps.Clone(n)
		delete(n, "source")
	}
	return max(1, z.rest(n, sc))
}

// tableFunction: as a table, a series is rows of numbers; so is what unnest makes of one.
func (z *sizer) tableFunction(node any, sc scope) float64 {
	n, _ := node.(map[string]any)
	args, _ := n["children"].([]any)
	name := strings.ToLower(member(n, "function_name"))
	size := max(1, z.largest(args, sc))
	switch z.growing[name] {
	case series:
		return 1
	case elements:
		return max(1, z.unnested(args, size))
	}
	return size
}

// largest is the size of the largest part, for nodes whose parts stand beside each other.
func (z *sizer) largest(node any, sc scope) float64 {
	var size float64
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			size = max(size, z.largest(child, sc))
		}
	case map[string]any:
		_, isQuery := n["cte_map"]
		if isQuery || n["class"] != nil {
			return z.size(n, sc)
		}
		switch member(n, "type") {
		case "BASE_TABLE", "JOIN", "TABLE_FUNCTION", "PIVOT":
			return z.source(n, sc)
		}
		return z.rest(n, sc)
	}
	return size
}

func (z *sizer) rest(n map[string]any, sc scope) float64 {
	var size float64
	for _, child := range n {
		size = max(size, z.largest(child, sc))
	}
	return size
}
