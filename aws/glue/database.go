package glue

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph"
)

// EnsureDatabase creates the database when it is missing, and reports whether it did. Errors: CodeForbidden,
// CodeUnavailable.
func (c *Catalog) EnsureDatabase(ctx context.Context) (created bool, err error) {
	const op = "ensure database"
	for attempt := range maxAttempts {
		if err := c.again(ctx, op, attempt); err != nil {
			return false, err
		}
		_, err = c.client.GetDatabase(ctx, &glue.GetDatabaseInput{Name: &c.cfg.Database})
		if err == nil {
			return created, nil
		}
		if err = c.explain(ctx, op, "glue:GetDatabase", c.cfg.Database, err); limnograph.ErrorCode(err) != limnograph.CodeNotFound {
			return false, err
		}
		_, err = c.client.CreateDatabase(ctx, &glue.CreateDatabaseInput{DatabaseInput: &types.DatabaseInput{
			Name: &c.cfg.Database, Description: aws.String("Metrics of data lake jobs, published by Limnograph"),
		}}, writeOnce)
		switch outcomeOf(ctx, err) {
		case done:
			return true, nil
		case failed:
			return false, c.explain(ctx, op, "glue:CreateDatabase", c.cfg.Database, err)
		case unknown:
			created = true
		}
	}
	return false, exhausted(op, c.cfg.Database, err)
}
