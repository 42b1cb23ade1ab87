package athena

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"limnograph"
	"limnograph/trinosql"
)

// pageRows is how many rows a call returns at most.
const pageRows = 1000

// rows reads a stored result, one page in memory at a time.
type rows struct {
	session *session
	usage   limnograph.Usage
	columns []limnograph.Column
	kinds   []string
	values  []any
	page    []types.Row
	next    *string // of the page after this one; nil: none
	err     error   // why there is no next row
}

var (
	_ limnograph.Rows    = (*rows)(nil)
	_ limnograph.Metered = (*rows)(nil)
)

// open reads the first page. Only it has the names of the columns as its first row, and only for a SELECT.
func (s *session) open(x *types.QueryExecution, u limnograph.Usage) (*rows, error) {
	r := &rows{session: s, usage: u}
	out, err := r.fetch()
	if err != nil {
		return nil, charged(err, u)
	}
	if out.ResultSetMetadata != nil {
		r.describe(out.ResultSetMetadata.ColumnInfo)
	}
	if x.StatementType == types.StatementTypeDml && len(r.page) > 0 && isHeader(r.page[0], out.ResultSetMetadata) {
		r.page = r.page[1:]
	}
	return r, nil
}

func isHeader(row types.Row, meta *types.ResultSetMetadata) bool {
	if meta == nil || len(row.Data) != len(meta.ColumnInfo) {
		return false
	}
	for i, c := range meta.ColumnInfo {
		if row.Data[i].VarCharValue == nil || *row.Data[i].VarCharValue != aws.ToString(c.Name) {
			return false
		}
	}
	return true
}

// fetch takes the next page.
func (r *rows) fetch() (*types.ResultSet, error) {
	out, err := r.session.engine.client.GetQueryResults(r.session.ctx, &athena.GetQueryResultsInput{
		QueryExecutionId: &r.session.id, MaxResults: aws.Int32(pageRows), NextToken: r.next,
	})
	if err != nil {
		return nil, r.session.explain("read result", err)
	}
	if out.ResultSet == nil {
		return nil, r.session.explain("read result", errors.New("the answer has no result"))
	}
	r.page, r.next = out.ResultSet.Rows, out.NextToken
	return out.ResultSet, nil
}

func (r *rows) describe(info []types.ColumnInfo) {
	seen := make(map[string]bool, len(info))
	for _, c := range info {
		kind := strings.ToLower(aws.ToString(c.Type))
		r.kinds = append(r.kinds, kind)
		r.columns = append(r.columns, limnograph.Column{Name: trinosql.DistinctName(seen, aws.ToString(c.Name)), Type: typeName(kind, c)})
	}
	r.values = make([]any, len(info))
}

// Columns describes the result. A name that a query gives twice gets _1 at its end the second time.
func (r *rows) Columns() []limnograph.Column { return r.columns }

// Usage is what the execution has read and costs. It is final from the start.
func (r *rows) Usage() limnograph.Usage { return r.usage }

// Next returns the next row, or io.EOF.
func (r *rows) Next() ([]any, error) {
	if r.err == nil {
		r.err = r.advance()
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.values, nil
}

// advance reads the next row, of the next page when this one is read. A page may be empty and yet not be the last.
func (r *rows) advance() error {
	for len(r.page) == 0 {
		if r.next == nil {
			return io.EOF
		}
		if _, err := r.fetch(); err != nil {
			return err
		}
	}
	row := r.page[0]
	r.page = r.page[1:]
	if len(row.Data) > len(r.values) {
		return r.session.explain("read result", fmt.Errorf("a row has %d values for %d columns", len(row.Data), len(r.values)))
	}
	clear(r.values)
	for i, d := range row.Data {
		v, err := value(r.kinds[i], d.VarCharValue)
		if err != nil {
			return trinosql.Unreadable(r.columns[i], err)
		}
		r.values[i] = v
	}
	return nil
}

// Close gives the result up; its execution has ended before. Further calls do nothing.
func (r *rows) Close() error {
	r.session.cancel()
	r.page, r.next = nil, nil
	if r.err == nil {
		r.err = &limnograph.Error{Code: limnograph.CodeConflict, Op: "read result", Message: "the rows are closed"}
	}
	return nil
}
