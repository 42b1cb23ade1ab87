package simulator

import "fmt"

// Layer is the step of a dataset's pipeline that a job is.
type Layer int

// The layers, in the order in which they run.
const (
	RawToStaged Layer = iota
	StagedToCurated
	Quality
)

const layers = 3

// String returns the suffix of the job name.
func (l Layer) String() string {
	return [layers]string{"raw-to-staged", "staged-to-curated", "dq"}[l]
}

// datasetName names dataset i: twenty base names, then the same by market, then numbered.
func datasetName(i int) string {
	bases := [...]string{
		"orders", "payments", "customers", "clickstream", "inventory", "invoices", "shipments", "web-sessions",
		"product-catalog", "pricing", "ad-impressions", "suppliers", "returns", "ledger-entries", "support-tickets",
		"subscriptions", "loyalty-points", "fraud-scores", "store-visits", "employees",
	}
	markets := [...]string{"", "-eu", "-us", "-apac", "-latam"}
	name, round := bases[i%len(bases)], i/len(bases)
	if round < len(markets) {
		return name + markets[round]
	}
	return fmt.Sprintf("%s-%03d", name, round)
}

// closesMonth tells whether a dataset grows with the closing of books.
func closesMonth(i int) bool {
	switch i % 20 {
	case 1, 5, 13: // payments, invoices, ledger-entries
		return true
	}
	return false
}

// regionOf gives each account its home region.
func regionOf(account int) string {
	regions := [...]string{"eu-central-1", "us-east-1", "eu-west-1", "ap-southeast-2", "us-west-2"}
	return regions[account%len(regions)]
}

// accountID derives a 12-digit account id.
func accountID(key uint64) string { return fmt.Sprintf("%012d", 100_000_000_000+key%900_000_000_000) }

// location is the S3 prefix of a dataset in a zone of the lake, as it stands in Source and Sink.
func location(zone, region, dataset string) string {
	return "s3://northlake-" + zone + "-" + region + "/" + dataset + "/"
}
