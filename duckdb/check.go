package duckdb

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"limnograph"
)

// checker decides whether a person's statement may run. It walks the whole syntax tree and refuses every table,
// function and kind of node that it does not know to be harmless.
type checker struct {
	published map[string]bool // lower case
	functions map[string]bool // lower case
}

// newChecker allows the published names of a file set.
func newChecker(set *limnograph.FileSet, functions map[string]bool) *checker {
	c := &checker{published: make(map[string]bool, 3*len(set.Tables)), functions: functions}
	for _, t := range set.Tables {
		for _, name := range t.Schema.RawNames() {
			c.published[name] = true
		}
		if t.Snapshot != nil {
			c.published[t.Schema.Table] = true
		}
	}
	return c
}

// check returns CodeForbidden with the name that is not allowed, CodeInvalid for a parameter, or nil.
func (c *checker) check(s *statement) error {
	if err := c.walk(s.tree, nil); err != nil {
		return err
	}
	return checkGrowth(s)
}

// names are the common table expressions in sight, innermost last, in lower case.
type names []string

func (c *checker) walk(node any, ctes names) error {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			if err := c.walk(child, ctes); err != nil {
				return err
			}
		}
	case map[string]any:
		return c.object(n, ctes)
	}
	return nil
}

// object checks one node, then its children. The expressions of WITH come first: each sees those before it and
// itself, the rest of the node sees all of them.
func (c *checker) object(n map[string]any, ctes names) error {
	if err := c.node(n, ctes); err != nil {
		return err
	}
	ctes, err := c.with(n, ctes)
	if err != nil {
		return err
	}
	for key, child := range n {
		if key == "cte_map" {
			continue
		}
		if err := c.walk(child, ctes); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) with(n map[string]any, ctes names) (names, error) {
	cteMap, _ := n["cte_map"].(map[string]any)
	entries, _ := cteMap["map"].([]any)
	ctes = slices.Clip(ctes)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		ctes = append(ctes, strings.ToLower(member(entry, "key")))
		if err := c.walk(entry["value"], ctes); err != nil {
			return nil, err
		}
	}
	return ctes, nil
}

// node checks what a node itself names.
func (c *checker) node(n map[string]any, ctes names) error {
	if name, ok := n["function_name"].(string); ok {
		if err := c.function(n, name); err != nil {
			return err
		}
	}
	if class, ok := n["class"].(string); ok {
		if class == "PARAMETER" {
			return errParameter()
		}
		return known(expressionClasses, class, n)
	}
	kind := member(n, "type")
	switch kind {
	case "BASE_TABLE":
		return c.table(n, ctes)
	case "SHOW_REF":
		return c.show(n)
	}
	if _, isRef := n["sample"]; isRef && kind != "" {
		return known(referenceKinds, kind, n)
	}
	if kind == "RECURSIVE_CTE_NODE" {
		return forbidden("WITH RECURSIVE is not available: its values may grow with each step until no memory is left",
			"write WITH without a reference to itself; range(...) and sequence(...) give series")
	}
	if _, isQuery := n["cte_map"]; isQuery {
		return known(queryKinds, kind, n)
	}
	return nil
}

const (
	expressionClasses = " CONSTANT COLUMN_REF FUNCTION CAST COMPARISON CONJUNCTION OPERATOR CASE STAR SUBQUERY WINDOW BETWEEN LAMBDA COLLATE POSITIONAL_REFERENCE LAMBDA_REF "
	referenceKinds    = " SUBQUERY JOIN TABLE_FUNCTION EXPRESSION_LIST EMPTY PIVOT SELECT_NODE "
	queryKinds        = " SELECT_NODE SET_OPERATION_NODE CTE_NODE "
)

func known(list, word string, n map[string]any) error {
	if strings.Contains(list, " "+word+" ") {
		return nil
	}
	return refuse(n, "this form of query ("+strings.ToLower(word)+") is not available", "use plain SELECT")
}

func (c *checker) table(n map[string]any, ctes names) error {
	catalog, schemaName, name := member(n, "catalog_name"), strings.ToLower(member(n, "schema_name")), strings.ToLower(member(n, "table_name"))
	if at := n["at_clause"]; at != nil {
		return refuse(n, "AT is not available", "leave it out")
	}
	switch {
	case catalog == "" && schemaName == "" && (slices.Contains(ctes, name) || c.published[name]):
		return nil
	case (catalog == "" || strings.EqualFold(catalog, "memory")) && schemaName == "main" && c.published[name]:
		return nil
	case catalog == "" && schemaName == "information_schema" && slices.Contains([]string{"tables", "columns", "schemata"}, name):
		return nil
	}
	return refuse(n, fmt.Sprintf("%.100q is no published table", member(n, "table_name")), c.instead(name))
}

// instead says what to ask in place of a name that is not published.
func (c *checker) instead(name string) string {
	if flat := (limnograph.Schema{Table: name}).FlatView(); c.published[flat] {
		return "there is no curated table here: ask " + flat
	}
	if table, ok := strings.CutPrefix(strings.TrimSuffix(name, "_flat"), "raw_"); ok && c.published[table] && limnograph.IsRecordTable(table) {
		return "it has no table of lines: ask " + table
	}
	return "SHOW TABLES lists what there is"
}

// show allows SHOW TABLES and DESCRIBE or SUMMARIZE of what may be read: that query is a child and is checked too.
func (c *checker) show(n map[string]any) error {
	name := strings.Trim(member(n, "table_name"), `"`)
	if n["query"] != nil || name == "tables" || c.published[strings.ToLower(name)] {
		return nil
	}
	return refuse(n, "SHOW knows TABLES alone", "write SHOW TABLES, or DESCRIBE with a table")
}

func (c *checker) function(n map[string]any, name string) error {
	schemaName := member(n, "schema")
	// The parser itself puts operators and literals into main; a person has no reason to.
	qualified := member(n, "catalog") != "" || schemaName != "" && schemaName != "main"
	if !qualified && c.functions[strings.ToLower(name)] {
		return nil
	}
	return refuse(n, fmt.Sprintf("function %.100s is not available to queries", name), "see the documentation for the list of functions")
}

func refuse(n map[string]any, message, hint string) error {
	at, ok := n["query_location"].(json.Number)
	if pos, err := at.Int64(); ok && err == nil && pos >= 0 {
		message += fmt.Sprintf(" (at character %d)", pos+1)
	}
	return forbidden(message, hint)
}

func member(n map[string]any, key string) string {
	s, _ := n[key].(string)
	return s
}

// errParameter is about a ? or $1 in a person's text, where nobody gives it a value.
func errParameter() error {
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "check query", Message: "a parameter (? or $name) has no value here",
		Hint: "write the value itself into the statement",
	}
}
