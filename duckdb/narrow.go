package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

// narrow leaves out the files of partitions that the statement's own filters exclude, for a person's text, which has no
// range. DuckDB does so itself when it reads; here the files have to be fetched first. It is asked for its plan over
// one empty object for each partition; where its answer is not understood, nothing is left out.
func (s *session) narrow(st *statement, needs []need) error {
	parts := partitionsOf(needs)
	if len(parts) == 0 {
		return nil
	}
	scans, err := s.plan(st, needs, parts)
	if err != nil || scans == nil {
		return err
	}
	keep := make(map[string]bool)
	for _, scan := range scans {
		kept, ok := s.keptBy(scan, parts)
		if !ok {
			return nil
		}
		for _, i := range kept {
			keep[parts[i].Folder] = true
		}
	}
	for i := range needs {
		needs[i].files = slices.DeleteFunc(needs[i].files, func(f limnograph.File) bool {
			folder, _, err := placeOf(f.Key)
			return err == nil && !keep[folder]
		})
	}
	return nil
}

// partition is one folder of an arrival hour, with what its names say to SQL.
type partition struct {
	I      int    `json:"i"` // place in the list
	Folder string `json:"-"` // sender=.../hour=..
	Sender string `json:"sender"`
	Year   string `json:"year"`
	Month  string `json:"month"`
	Day    string `json:"day"`
	Hour   string `json:"hour"`
}

// partitionsOf lists the partitions of all files, each once.
func partitionsOf(needs []need) (parts []partition) {
	seen := make(map[string]bool)
	for _, n := range needs {
		for _, f := range n.files {
			folder, p, err := placeOf(f.Key)
			if err != nil || seen[folder] { // without a partition it stays: there is nothing to leave it out by
				continue
			}
			seen[folder] = true
			parts = append(parts, partition{
				I: len(parts), Folder: folder, Sender: p.Sender,
				Year: p.Hour.Format("2006"), Month: p.Hour.Format("01"), Day: p.Hour.Format("02"), Hour: p.Hour.Format("15"),
			})
		}
	}
	return parts
}

// placeOf returns the partition of a landing key and its folder, sender=.../hour=..; an error for a key that is none.
func placeOf(key string) (folder string, p limnograph.Partition, err error) {
	if _, p, err = objectkey.PartitionOf(key); err == nil {
		_, folder, _ = strings.Cut(strings.TrimPrefix(path.Dir(key), objectkey.MetricsPrefix), "/")
	}
	return folder, p, err
}

// scan is one reading of a table in a plan.
type scan struct {
	filters string // what DuckDB says that files are left out by; empty: all are read
	files   int    // how many are read
}

// plan returns the readings in the statement's plan; nil when it can't be told.
func (s *session) plan(st *statement, needs []need, parts []partition) (scans []scan, err error) {
	empty := make([]string, len(parts))
	for i, p := range parts {
		if empty[i], err = s.engine.scratch.emptyIn(p.Folder); err != nil {
			return nil, err
		}
	}
	for _, n := range needs {
		if err := setFiles(s.ctx, s.conn, filesVariable(n.table), empty); err != nil {
			return nil, err
		}
	}
	sql, err := s.wrappable(st)
	if err != nil {
		return nil, err
	}
	var key, text string
	if err := s.conn.QueryRowContext(s.ctx, "EXPLAIN (FORMAT JSON)\n"+sql, s.args...).Scan(&key, &text); err != nil {
		if st.catalog { // not all of these can be explained
			return nil, s.ctx.Err()
		}
		return nil, err // the statement is wrong: nothing has to be fetched to say so
	}
	var nodes []planNode
	if json.Unmarshal([]byte(text), &nodes) == nil {
		scans = scansIn(nodes, []scan{})
	}
	return scans, nil
}

// planNode is a step of a plan.
type planNode struct {
	Name     string         `json:"name"`
	Children []planNode     `json:"children"`
	Extra    map[string]any `json:"extra_info"`
}

func scansIn(nodes []planNode, found []scan) []scan {
	for _, n := range nodes {
		if strings.TrimSpace(n.Name) == "READ_JSON" {
			filters, _ := n.Extra["File Filters"].(string)
			count, _ := n.Extra["Scanning Files"].(string)
			count, _, _ = strings.Cut(count, "/")
			files, _ := strconv.Atoi(count)
			found = append(found, scan{filters, files})
		}
		found = scansIn(n.Children, found)
	}
	return found
}

// keptBy returns the partitions that a reading needs. ok is false when that is not known for sure: without filters, or
// when they leave another number than DuckDB says.
func (s *session) keptBy(sc scan, parts []partition) (kept []int, ok bool) {
	if sc.filters == "" {
		return nil, false
	}
	list, err := json.Marshal(parts)
	if err != nil {
		return nil, false
	}
	sql := fmt.Sprintf(`SELECT i FROM (SELECT unnest(from_json(CAST($1 AS JSON),
  '[{"i":"INTEGER","sender":"VARCHAR","year":"VARCHAR","month":"VARCHAR","day":"VARCHAR","hour":"VARCHAR"}]'), recursive := true)) WHERE %s`,
		strings.Join(conditions(sc.filters), " AND "))
	if checked, err := parse(s.ctx, s.conn, sql); err != nil || len(checked.tables) > 0 {
		return nil, false
	}
	kept, err = s.numbers(s.ctx, sql, string(list))
	return kept, err == nil && len(kept) == sc.files
}

// conditions takes apart what DuckDB writes without anything between: (day = '24')(year = '2026').
func conditions(text string) (list []string) {
	depth, start, quoted := 0, 0, byte(0)
	for i := range len(text) {
		switch c := text[i]; {
		case quoted != 0:
			if c == quoted { // a doubled quote ends and begins again
				quoted = 0
			}
		case c == '\'' || c == '"':
			quoted = c
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				list = append(list, text[start:i+1])
				start = i + 1
			}
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		list = append(list, "("+rest+")")
	}
	return list
}

// numbers runs a query of one column.
func (s *session) numbers(ctx context.Context, sql string, args ...any) (list []int, err error) {
	rows, err := s.conn.QueryContext(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}
