package cloudformation

// Role is an IAM role of the stack: the service that takes it on, and all that it may do.
type Role struct {
	ID         string // logical name in the template
	Title      string // who acts, for people: "catalogue function"
	Service    string // principal that may assume the role
	External   string // sts:ExternalId that the service must give; empty: none
	When       string // condition of the template under which the role exists; empty: always
	Statements []Statement
}

// Statement allows some actions on some resources. Texts may hold ${parameters} of the template.
type Statement struct {
	Sid        string
	May        string // what it allows, after "may": "read landed objects"
	Why        string // what the actor needs it for
	Actions    []string
	Resources  []string
	Listed     string // parameter that lists the resources, with commas; Resources then names it for people. Empty: none
	Conditions []Condition
	When       string // condition of the template under which the statement exists; empty: always
}

// Condition restricts a statement.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// Names of the template that roles speak of.
const (
	bucketARN    = "arn:${AWS::Partition}:s3:::${BucketName}"
	withKey      = "HasKey"
	catalogID    = "CatalogRole"
	reconcileID  = "ReconcileRole"
	logGroups    = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
	glueARN      = "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:"
	firehoseLogs = "/aws/kinesisfirehose/${Name}"
)

// Roles lists the roles of a template, in its order.
func Roles(o Options) []Role {
	roles := []Role{catalogRole(), reconcileRole(), collectRole()}
	for _, s := range o.Streams {
		roles = append(roles, s.firehoseRole())
		if !o.WithoutMetricStream {
			roles = append(roles, s.metricStreamRole())
		}
	}
	return roles
}

func catalogRole() Role {
	return functionRole(catalogID, "catalogue function", "${Name}-catalog",
		Statement{
			Sid: "TakeNotifications", May: "take messages from the queue ${Name}-objects",
			Why:       "Lambda receives, deletes and watches the queue under this role.",
			Actions:   []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
			Resources: []string{"arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Name}-objects"},
		},
		Statement{
			Sid: "ReadObjects", May: "read landed objects and schema definitions",
			Why:     "It looks whether an object is still there, and what table, view and columns its definition wants.",
			Actions: []string{"s3:GetObject"},
			Resources: []string{
				bucketARN + "/${KeyPrefix}landing/metrics/*",
				bucketARN + "/${KeyPrefix}schemas/*",
			},
		},
		listBucket("Only to who may list does S3 say that an object is not there, rather than that it is forbidden."),
	)
}

func reconcileRole() Role {
	return functionRole(reconcileID, "reconciling function", "${Name}-reconcile",
		Statement{
			Sid: "ReadDefinitions", May: "read schema definitions",
			Why:       "A definition says what table, view and columns are.",
			Actions:   []string{"s3:GetObject"},
			Resources: []string{bucketARN + "/${KeyPrefix}schemas/*"},
		},
		listBucket("It finds objects whose notification was lost, and learns whether a definition is there."),
	)
}

// functionRole is what both functions may do, behind what only one of them may.
func functionRole(id, title, function string, own ...Statement) Role {
	return Role{
		ID: id, Title: title, Service: "lambda.amazonaws.com",
		Statements: append(own, readCatalog(), writeCatalog(), decrypt(), writeLogs(function)),
	}
}

// listBucket holds for requests without a prefix too: reading a missing object is one, and asks for the right to list.
func listBucket(why string) Statement {
	return Statement{
		Sid: "ListObjects", May: "list landed objects and schema definitions", Why: why,
		Actions:   []string{"s3:ListBucket"},
		Resources: []string{bucketARN},
		Conditions: []Condition{{
			Operator: "StringLikeIfExists", Key: "s3:prefix",
			Values: []string{"${KeyPrefix}landing/metrics/*", "${KeyPrefix}schemas/*"},
		}},
	}
}

func readCatalog() Statement {
	return Statement{
		Sid: "ReadCatalog", May: "read tables and partitions of the database ${DatabaseName}",
		Why:       "What is there already is not written again.",
		Actions:   []string{"glue:BatchGetPartition", "glue:GetTable"},
		Resources: database(),
	}
}

func writeCatalog() Statement {
	return Statement{
		Sid: "WriteCatalog", May: "create and update tables, and create partitions, in the database ${DatabaseName}",
		Why:       "This is its work. It deletes nothing and reaches no other database.",
		Actions:   []string{"glue:BatchCreatePartition", "glue:CreateTable", "glue:UpdateTable"},
		Resources: database(),
	}
}

// database names the three resources that Glue checks for a table: catalogue, database, table.
func database() []string {
	return []string{glueARN + "catalog", glueARN + "database/${DatabaseName}", glueARN + "table/${DatabaseName}/*"}
}

func decrypt() Statement {
	return Statement{
		Sid: "Decrypt", May: "decrypt objects of the bucket with the key KmsKeyArn, through S3",
		Why:        "Objects are encrypted with this key.",
		Actions:    []string{"kms:Decrypt"},
		Resources:  []string{"${KmsKeyArn}"},
		Conditions: throughS3(),
		When:       withKey,
	}
}

func encrypt() Statement {
	return Statement{
		Sid: "Encrypt", May: "encrypt objects of the bucket with the key KmsKeyArn, through S3",
		Why:        "Objects are encrypted with this key.",
		Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey"},
		Resources:  []string{"${KmsKeyArn}"},
		Conditions: throughS3(),
		When:       withKey,
	}
}

// throughS3 limits the use of a key to objects of the bucket.
func throughS3() []Condition {
	return []Condition{
		{Operator: "StringEquals", Key: "kms:ViaService", Values: []string{"s3.${AWS::Region}.${AWS::URLSuffix}"}},
		{Operator: "StringLike", Key: "kms:EncryptionContext:aws:s3:arn", Values: []string{bucketARN, bucketARN + "/*"}},
	}
}

// writeLogs names the log group in both ways that services write its ARN.
func writeLogs(function string) Statement {
	group := logGroups + "/aws/lambda/" + function
	return Statement{
		Sid: "WriteLogs", May: "write its own log",
		Why:       "The log group is the stack's; the function can't make one that never expires.",
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []string{group, group + ":*"},
	}
}
