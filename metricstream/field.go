package metricstream

// field is one of the nine known top-level fields.
type field uint8

const (
	fieldStreamName field = iota
	fieldAccountID
	fieldRegion
	fieldNamespace
	fieldMetricName
	fieldDimensions
	fieldTimestamp
	fieldValue
	fieldUnit
	fieldCount
)

// required are the fields without which the fast path gives up.
const required = 1<<fieldMetricName | 1<<fieldDimensions | 1<<fieldTimestamp | 1<<fieldValue

// positionField is the name that landing adds to each line.
const positionField = "limno_position"

func (f field) name() string {
	return [fieldCount]string{
		"metric_stream_name", "account_id", "region", "namespace", "metric_name", "dimensions", "timestamp", "value", "unit",
	}[f]
}

func fieldOf(name []byte) (field, bool) {
	switch string(name) {
	case "metric_stream_name":
		return fieldStreamName, true
	case "account_id":
		return fieldAccountID, true
	case "region":
		return fieldRegion, true
	case "namespace":
		return fieldNamespace, true
	case "metric_name":
		return fieldMetricName, true
	case "dimensions":
		return fieldDimensions, true
	case "timestamp":
		return fieldTimestamp, true
	case "value":
		return fieldValue, true
	case "unit":
		return fieldUnit, true
	}
	return 0, false
}
