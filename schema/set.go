package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"limnograph"
)

// Set is an immutable collection of schemas without two that share a table or a namespace. It always holds the
// table of undefined namespaces. It is safe for concurrent use.
type Set struct {
	all     []limnograph.Schema
	tableOf map[string]string
}

// NewSet checks the schemas and collects them; OtherTable is added when it is missing. Errors: CodeInvalid, joined,
// one for each schema that is wrong or repeats a table or namespace.
func NewSet(schemas []limnograph.Schema) (*Set, error) {
	s := &Set{tableOf: make(map[string]string, len(schemas))}
	tables := make(map[string]bool, len(schemas)+1)
	var errs []error
	for _, one := range schemas {
		if err := s.add(one, tables); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if !tables[limnograph.OtherTable] {
		s.all = append(s.all, Other())
	}
	slices.SortFunc(s.all, func(a, b limnograph.Schema) int { return strings.Compare(a.Table, b.Table) })
	return s, nil
}

func (s *Set) add(one limnograph.Schema, tables map[string]bool) error {
	if err := ValidateLanded(one); err != nil {
		return err
	}
	if isUnknown(one) {
		return invalid(fmt.Sprintf("table %q has no namespace", one.Table), "name the CloudWatch namespace that it takes")
	}
	if tables[one.Table] {
		return invalid(fmt.Sprintf("table %q is defined twice", one.Table), "give each namespace its own table")
	}
	if table, taken := s.tableOf[one.Namespace]; taken {
		return invalid(fmt.Sprintf("namespace %q is defined twice, as %s and %s", one.Namespace, table, one.Table),
			"keep one definition of a namespace")
	}
	tables[one.Table] = true
	if one.Table != limnograph.OtherTable {
		s.tableOf[one.Namespace] = one.Table
	}
	s.all = append(s.all, one)
	return nil
}

// TableOf returns the table of a CloudWatch namespace (exact spelling), OtherTable when no schema names it.
func (s *Set) TableOf(namespace string) string {
	if table, ok := s.tableOf[namespace]; ok {
		return table
	}
	return limnograph.OtherTable
}

// All returns the schemas sorted by table name, OtherTable among them. The caller may keep but not change it.
func (s *Set) All() []limnograph.Schema { return s.all }
