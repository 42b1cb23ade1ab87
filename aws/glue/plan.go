package glue

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph"
	"limnograph/schema"
)

// planTable decides what to write for the raw table of s, nil when it is as it should be. Errors: CodeConflict.
func (c *Catalog) planTable(now *types.Table, s limnograph.Schema, text string) (*types.TableInput, error) {
	want := c.tableInput(s, text)
	if now == nil {
		return want, nil
	}
	old, err := c.stored(now)
	if err != nil {
		return nil, err
	}
	if now.Parameters[parameterSchema] == text && isNewer(now) {
		return nil, nil
	}
	if err := schema.Evolve(old, s); err != nil {
		return nil, err
	}
	switch have := aws.ToString(descriptorOf(now).Location); {
	case isNewer(now):
		return nil, conflict(now, "was written by a newer release, which knows another form of it", "update this program")
	case have != *want.StorageDescriptor.Location:
		return nil, conflict(now, fmt.Sprintf("reads %s, not %s", have, *want.StorageDescriptor.Location),
			"name another database, or drop this table (its objects stay) to have it made anew")
	case sameTable(now, want):
		return nil, nil
	}
	return onto(now, want), nil
}

// planView does the same for the flattening view of s, whose raw table is as it should be.
func (c *Catalog) planView(now *types.Table, s limnograph.Schema) (*types.TableInput, error) {
	want := c.viewInput(s)
	switch {
	case now == nil:
		return want, nil
	case now.Parameters[parameterTable] != s.Table:
		return nil, foreign(now)
	case isNewer(now), sameView(now, want):
		return nil, nil
	}
	return onto(now, want), nil
}

// stored returns the schema of a raw table of ours. Errors: CodeConflict for a table of somebody else, CodeInvalid for a
// damaged definition.
func (c *Catalog) stored(t *types.Table) (limnograph.Schema, error) {
	text, ours := t.Parameters[parameterSchema]
	if !ours {
		return limnograph.Schema{}, foreign(t)
	}
	s, err := schema.Decode(text)
	if err == nil && s.RawTable() != aws.ToString(t.Name) {
		err = fmt.Errorf("it is that of %s", s.RawTable())
	}
	if err != nil {
		return limnograph.Schema{}, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "read table", Message: "the parameter " + parameterSchema + " of " + nameOf(t), Err: err,
			Hint: "restore it, or drop this table (its objects stay) to have it made anew",
		}
	}
	return s, nil
}

func foreign(t *types.Table) error {
	return conflict(t, "exists already and was not made by this program", "rename or drop it, or name another database")
}

func conflict(t *types.Table, what, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeConflict, Op: "ensure table", Message: "table " + nameOf(t) + " " + what, Hint: hint}
}

func nameOf(t *types.Table) string { return aws.ToString(t.DatabaseName) + "." + aws.ToString(t.Name) }

func isNewer(t *types.Table) bool {
	version, err := strconv.Atoi(t.Parameters[parameterVersion])
	return err == nil && version > formVersion
}

func sameTable(now *types.Table, want *types.TableInput) bool {
	have, need := descriptorOf(now), want.StorageDescriptor
	return aws.ToString(now.TableType) == *want.TableType && sameParameters(now, want) && sameColumns(now.PartitionKeys, want.PartitionKeys) &&
		sameColumns(have.Columns, need.Columns) && aws.ToString(have.InputFormat) == *need.InputFormat &&
		aws.ToString(have.OutputFormat) == *need.OutputFormat && have.SerdeInfo != nil &&
		aws.ToString(have.SerdeInfo.SerializationLibrary) == serde && holds(have.SerdeInfo.Parameters, need.SerdeInfo.Parameters)
}

func sameView(now *types.Table, want *types.TableInput) bool {
	return aws.ToString(now.TableType) == *want.TableType && sameParameters(now, want) &&
		aws.ToString(now.ViewOriginalText) == *want.ViewOriginalText && aws.ToString(now.Owner) != "" && aws.ToString(now.Description) == *want.Description &&
		sameColumns(descriptorOf(now).Columns, want.StorageDescriptor.Columns)
}

func descriptorOf(t *types.Table) *types.StorageDescriptor {
	if t.StorageDescriptor == nil {
		return &types.StorageDescriptor{}
	}
	return t.StorageDescriptor
}

// sameParameters looks at our own parameters: others may stand beside them, but for left-overs of a projection.
func sameParameters(now *types.Table, want *types.TableInput) bool {
	for name := range now.Parameters {
		if _, wanted := want.Parameters[name]; isProjection(name) && !wanted {
			return false
		}
	}
	return holds(now.Parameters, want.Parameters)
}

func holds(have, want map[string]string) bool {
	for name, value := range want {
		if have[name] != value {
			return false
		}
	}
	return true
}

func sameColumns(have, want []types.Column) bool {
	return slices.EqualFunc(have, want, func(a, b types.Column) bool {
		return aws.ToString(a.Name) == aws.ToString(b.Name) && aws.ToString(a.Type) == aws.ToString(b.Type)
	})
}

// onto keeps what others have put on a table: its description (a view's is ours), retention and further parameters.
func onto(now *types.Table, want *types.TableInput) *types.TableInput {
	parameters := maps.Clone(now.Parameters)
	maps.DeleteFunc(parameters, func(name, _ string) bool { return isProjection(name) })
	if parameters == nil {
		parameters = make(map[string]string)
	}
	maps.Copy(parameters, want.Parameters)
	want.Parameters = parameters
	want.Retention = now.Retention
	if want.Description == nil {
		want.Description = now.Description
	}
	if aws.ToString(now.Owner) != "" {
		want.Owner = now.Owner
	}
	return want
}
