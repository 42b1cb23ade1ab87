package cloudformation

import (
	_ "embed"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"limnograph"
)

//go:embed prices.yaml
var listPrices []byte

// Prices are the prices of one Region.
type Prices struct {
	Region string
	list   []Price
}

// Price is what AWS charges for one thing.
type Price struct {
	ID     string  `yaml:"id"`
	USD    float64 `yaml:"usd"`
	Per    float64 `yaml:"per"`    // so many cost USD
	Of     string  `yaml:"of"`     // what is counted: requests, GB, ...
	Source string  `yaml:"source"` // where the price was read
	Read   string  `yaml:"read"`   // when: yyyy-mm
}

// The things that cost something.
func priced() []string {
	return []string{
		"metric-stream-updates", "firehose-bytes", "s3-storage", "s3-put", "s3-get", "sqs-requests", "lambda-requests",
		"lambda-seconds", "glue-objects", "glue-requests", "athena-bytes", "logs-bytes", "alarms", "custom-metrics", "metric-requests",
	}
}

// ListPrices returns the prices that come with the product: those of us-east-1.
func ListPrices() (Prices, error) { return ParsePrices(listPrices) }

// ParsePrices reads a file of prices. Errors: CodeInvalid (it is not of the form, or lacks a price).
func ParsePrices(text []byte) (Prices, error) {
	var file struct {
		Region string  `yaml:"region"`
		Prices []Price `yaml:"prices"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return Prices{}, badPrices("it is not of the form of the built-in file", err)
	}
	p := Prices{Region: file.Region, list: file.Prices}
	for _, id := range priced() {
		price, ok := p.find(id)
		switch {
		case !ok:
			return Prices{}, badPrices("there is no price of "+id, nil)
		case price.USD < 0 || price.Per <= 0 || price.Of == "":
			return Prices{}, badPrices("the price of "+id+" needs usd, per and of", nil)
		}
	}
	return p, nil
}

func (p Prices) find(id string) (Price, bool) {
	i := slices.IndexFunc(p.list, func(one Price) bool { return one.ID == id })
	if i < 0 {
		return Price{}, false
	}
	return p.list[i], true
}

// text writes a price as it stands in a formula: "$0.003 / 1,000".
func (p Price) text() string {
	if p.Per == 1 {
		return "$" + number(p.USD)
	}
	return fmt.Sprintf("$%s / %s", number(p.USD), Figure(p.Per))
}

func badPrices(message string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "read prices", Message: message, Err: err,
		Hint: "take the built-in prices.yaml of deploy/cloudformation as a pattern",
	}
}
