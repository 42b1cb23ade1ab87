package glue

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph"
	"limnograph/objectkey"
	"limnograph/trinosql"
)

// formVersion counts the forms of tables and views. A release that finds a lower one writes its own form over it; one
// that finds a higher one leaves it alone.
const formVersion = 1

// The parameters by which the product knows its own tables.
const (
	parameterSchema  = "limno.schema"  // of a raw table: the definition, as schema.Encode writes it
	parameterTable   = "limno.table"   // of a view: the curated table's name
	parameterVersion = "limno.version" // of both: formVersion
)

const (
	owner         = "limnograph"     // Trino wants one
	catalogName   = "awsdatacatalog" // how Athena calls the Data Catalog in SQL
	externalTable = "EXTERNAL_TABLE"
	virtualView   = "VIRTUAL_VIEW"
	prestoView    = "Presto View"
	serde         = "org.openx.data.jsonserde.JsonSerDe"
	inputFormat   = "org.apache.hadoop.mapred.TextInputFormat"
	outputFormat  = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
)

// tableInput is the raw table of a schema whose definition is text.
func (c *Catalog) tableInput(s limnograph.Schema, text string) *types.TableInput {
	parameters := map[string]string{
		"EXTERNAL": "TRUE", "classification": "json", "compressionType": "gzip",
		parameterSchema: text, parameterVersion: strconv.Itoa(formVersion),
	}
	for name, value := range c.projection(s) {
		parameters[name] = value
	}
	return &types.TableInput{
		Name: aws.String(s.RawTable()), TableType: aws.String(externalTable), Owner: aws.String(owner), Parameters: parameters,
		PartitionKeys: hiveColumns(trinosql.PartitionKeys()), StorageDescriptor: descriptor(c.location(objectkey.MetricsPrefix + s.Table + "/")),
	}
}

// location is the address of a key of the store.
func (c *Catalog) location(key string) string { return c.cfg.Root + "/" + key }

// descriptor says how the objects of a folder are read. A partition needs one of its own, with its own SerDe.
func descriptor(location string) *types.StorageDescriptor {
	return &types.StorageDescriptor{
		Columns: hiveColumns(trinosql.RawColumns()), Location: &location,
		InputFormat: aws.String(inputFormat), OutputFormat: aws.String(outputFormat),
		SerdeInfo: &types.SerDeInfo{
			SerializationLibrary: aws.String(serde),
			Parameters:           map[string]string{"serialization.format": "1", "ignore.malformed.json": "true"},
		},
	}
}

// viewInput is the flattening view in the one form that Athena and Trino both read: Trino wants both parameters exactly
// so and an owner, Athena the empty list of partition keys and a descriptor with a SerDe, if an empty one. A description
// counts as the comment for Trino: with any other one the view does not exist for it.
func (c *Catalog) viewInput(s limnograph.Schema) *types.TableInput {
	sql, columns := trinosql.FlatView(s, c.cfg.Database)
	return &types.TableInput{
		Name: aws.String(s.FlatView()), TableType: aws.String(virtualView), Owner: aws.String(owner),
		Description: aws.String(prestoView),
		Parameters: map[string]string{
			"presto_view": "true", "comment": prestoView,
			parameterTable: s.Table, parameterVersion: strconv.Itoa(formVersion),
		},
		ViewOriginalText:  aws.String(trinosql.ViewDocument(sql, catalogName, c.cfg.Database, columns)),
		ViewExpandedText:  aws.String(trinosql.ViewExpandedText),
		PartitionKeys:     []types.Column{},
		StorageDescriptor: &types.StorageDescriptor{Columns: hiveColumns(columns), Location: aws.String(""), SerdeInfo: &types.SerDeInfo{}},
	}
}

func hiveColumns(columns []trinosql.Column) []types.Column {
	list := make([]types.Column, len(columns))
	for i, c := range columns {
		list[i] = types.Column{Name: aws.String(c.Name), Type: aws.String(c.Hive)}
	}
	return list
}
