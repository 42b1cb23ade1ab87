package glue

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph"
	"limnograph/schema"
)

// Tables lists the registered schemas, sorted by table name. Tables that the product has not made are left out. Errors:
// CodeNotFound (database), CodeInvalid (a damaged definition), CodeForbidden, CodeUnavailable.
func (c *Catalog) Tables(ctx context.Context) ([]limnograph.Schema, error) {
	var list []limnograph.Schema
	pages := glue.NewGetTablesPaginator(c.client, &glue.GetTablesInput{DatabaseName: &c.cfg.Database})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.explain(ctx, "list tables", "glue:GetTables", "database "+c.cfg.Database, err)
		}
		for _, t := range page.TableList {
			if _, ours := t.Parameters[parameterSchema]; !ours {
				continue
			}
			s, err := c.stored(&t)
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b limnograph.Schema) int { return cmp.Compare(a.Table, b.Table) })
	return list, nil
}

// EnsureTable creates or updates the raw table and the flattening view of a schema, and reports whether it changed
// anything. A view that is missing or damaged is made anew. Errors: CodeInvalid (schema), CodeConflict (the table belongs
// to another namespace, would lose or change a column, is somebody else's, or of a newer release), CodeNotFound
// (database), CodeForbidden, CodeUnavailable.
func (c *Catalog) EnsureTable(ctx context.Context, s limnograph.Schema) (changed bool, err error) {
	const op = "ensure table"
	if err := schema.ValidateLanded(s); err != nil {
		return false, &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Err: err}
	}
	for attempt := range maxAttempts {
		if err := c.again(ctx, op, attempt); err != nil {
			return changed, err
		}
		now, in, planErr := c.next(ctx, s)
		if planErr != nil || in == nil {
			return changed, planErr
		}
		err = c.put(ctx, now, in)
		switch outcomeOf(ctx, err) {
		case failed:
			return changed, c.explain(ctx, op, action(now), c.cfg.Database+"."+*in.Name, err)
		case done, unknown:
			changed = true
		}
	}
	return changed, exhausted(op, c.cfg.Database+"."+s.RawTable(), err)
}

// next reads view and table and returns the first of the two that has to be written, table before view, with what it is
// now. The view is read before the table, and written with the version read: so a writer of an older schema, whose table
// somebody has extended since, can't write its view over the newer one.
func (c *Catalog) next(ctx context.Context, s limnograph.Schema) (now *types.Table, in *types.TableInput, err error) {
	text, err := schema.Encode(s)
	if err != nil {
		return nil, nil, err
	}
	view, err := c.get(ctx, s.FlatView())
	if err != nil {
		return nil, nil, err
	}
	table, err := c.get(ctx, s.RawTable())
	if err != nil {
		return nil, nil, err
	}
	if in, err = c.planTable(table, s, text); in != nil || err != nil {
		return table, in, err
	}
	if isNewer(table) {
		return nil, nil, nil // its view is the newer release's business too
	}
	in, err = c.planView(view, s)
	return view, in, err
}

// get returns nil for a table that does not exist.
func (c *Catalog) get(ctx context.Context, name string) (*types.Table, error) {
	out, err := c.client.GetTable(ctx, &glue.GetTableInput{DatabaseName: &c.cfg.Database, Name: &name})
	var absent *types.EntityNotFoundException
	switch {
	case err == nil:
		return out.Table, nil
	case errors.As(err, &absent): // a missing database shows when the table is created
		return nil, nil
	}
	return nil, c.explain(ctx, "read table", "glue:GetTable", c.cfg.Database+"."+name, err)
}

// put creates a table, or updates the version that was read. Versions are not archived: a table has at most 100,000.
func (c *Catalog) put(ctx context.Context, now *types.Table, in *types.TableInput) error {
	if now == nil {
		_, err := c.client.CreateTable(ctx, &glue.CreateTableInput{DatabaseName: &c.cfg.Database, TableInput: in}, writeOnce)
		return err
	}
	_, err := c.client.UpdateTable(ctx, &glue.UpdateTableInput{
		DatabaseName: &c.cfg.Database, TableInput: in, VersionId: now.VersionId, SkipArchive: aws.Bool(true),
	}, writeOnce)
	return err
}

func action(now *types.Table) string {
	if now == nil {
		return "glue:CreateTable"
	}
	return "glue:UpdateTable"
}
