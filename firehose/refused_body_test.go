package firehose_test

import (
	"fmt"
	"strings"
)

// refusedBodies are bodies that are no delivery.
func refusedBodies() []request {
	id := fmt.Sprintf(`"requestId":%q`, requestID)
	const rec = `"records":[{"data":""}]`
	rows := []request{
		{name: "white space alone", body: " \n", message: noDelivery + "byte 2: expected '{' to open an object, found the end"},
		{name: "no JSON", body: "hello", message: noDelivery + "byte 0: expected '{' to open an object, found 'h'"},
		{name: "null", body: "null", message: noDelivery + "byte 0: expected '{' to open an object, found 'n'"},
		{name: "array", body: "[]", message: noDelivery + "byte 0: expected '{' to open an object, found '['"},
		{name: "empty object", body: "{}", message: noDelivery + "byte 2: requestId is missing"},
		{name: "byte order mark", body: "\ufeff{" + id + "," + rec + "}", message: noDelivery + "byte 0: expected '{' to open an object, found byte 0xef"},
		{name: "truncated", body: "{" + id + `,"records":[{"data":"aGVs`, message: noDelivery + "byte 76: the text ends inside data"},
		{name: "garbage behind", body: "{" + id + "," + rec + "}x", message: noDelivery + "byte 76: expected the end, found 'x'"},
		{name: "second object behind", body: "{" + id + "," + rec + "}{}", message: noDelivery + "byte 76: expected the end, found '{'"},
		{name: "zero byte behind", body: "{" + id + "," + rec + "}\x00", message: noDelivery + "byte 76: expected the end, found byte 0x00"},
		{name: "comma at the end of an object", body: "{" + id + "," + rec + ",}", message: noDelivery + "byte 76: expected a string as a key, found '}'"},
		{name: "comma at the end of an array", body: "{" + id + `,"records":[{"data":""},]}`, message: noDelivery + "byte 75: expected '{' to open an object, found ']'"},
		{name: "comma missing", body: "{" + id + " " + rec + "}", message: noDelivery + `byte 52: expected ',' or '}' in an object, found '"'`},
		{name: "colon missing", body: `{"requestId" "x"}`, message: noDelivery + `byte 13: expected ':' after a key, found '"'`},
		{name: "key without quotes", body: `{requestId:"x"}`, message: noDelivery + "byte 1: expected a string as a key, found 'r'"},
		{name: "comment", body: "{/**/" + id + "," + rec + "}", message: noDelivery + "byte 1: expected a string as a key, found '/'"},
		{name: "requestId missing", body: "{" + rec + "}", message: noDelivery + "byte 25: requestId is missing"},
		{name: "requestId in another case", body: `{"requestid":"x",` + rec + "}", message: noDelivery + "byte 41: requestId is missing"},
		{name: "requestId is a number", body: `{"requestId":7,` + rec + "}", message: noDelivery + "byte 13: expected a string as requestId, found '7'"},
		{name: "requestId is null", body: `{"requestId":null,` + rec + "}", message: noDelivery + "byte 13: expected a string as requestId, found 'n'"},
		{name: "requestId is empty", body: `{"requestId":"",` + rec + "}", message: noDelivery + "byte 13: requestId has 0 bytes: 1 to 1024 are allowed"},
		{name: "requestId of 1,025 bytes", body: `{"requestId":"` + strings.Repeat("x", 1025) + `",` + rec + "}", message: noDelivery + "byte 13: requestId has 1025 bytes: 1 to 1024 are allowed"},
		{name: "requestId twice", body: "{" + id + "," + id + "," + rec + "}", message: noDelivery + "byte 64: requestId stands twice"},
		{name: "requestId differs from the header", body: `{"requestId":"other",` + rec + "}", message: `requestId in the body ("other") differs from X-Amz-Firehose-Request-Id ("11111111-2222-3333-4444-555555555555")`},
		{name: "timestamp is a string", body: "{" + id + `,"timestamp":"1578090901599",` + rec + "}", message: noDelivery + `byte 64: expected a number as timestamp, found '"'`},
		{name: "timestamp is null", body: "{" + id + `,"timestamp":null,` + rec + "}", message: noDelivery + "byte 64: expected a number as timestamp, found 'n'"},
		{name: "timestamp with leading zero", body: "{" + id + `,"timestamp":01,` + rec + "}", message: noDelivery + "byte 65: expected ',' or '}' in an object, found '1'"},
		{name: "timestamp twice", body: "{" + id + `,"timestamp":1,"timestamp":1,` + rec + "}", message: noDelivery + "byte 78: timestamp stands twice"},
		{name: "records missing", body: "{" + id + "}", message: noDelivery + "byte 52: records is missing"},
		{name: "records is null", body: "{" + id + `,"records":null}`, message: noDelivery + "byte 62: expected '[' to open an array, found 'n'"},
		{name: "records is an object", body: "{" + id + `,"records":{}}`, message: noDelivery + "byte 62: expected '[' to open an array, found '{'"},
		{name: "no records", body: "{" + id + `,"records":[]}`, message: noDelivery + "byte 65: records is empty: at least one is needed"},
		{name: "records twice", body: "{" + id + "," + rec + "," + rec + "}", message: noDelivery + "byte 86: records stands twice"},
		{name: "10,001 records", body: string(envelope(make([]string, 10_001)...)), message: noDelivery + "byte 120089: more than 10000 records"},
		{name: "record is a string", body: "{" + id + `,"records":["aGVsbG8="]}`, message: noDelivery + `byte 63: expected '{' to open an object, found '"'`},
		{name: "record without data", body: "{" + id + `,"records":[{"data":""},{}]}`, message: noDelivery + "byte 77: record 1 has no data"},
		{name: "data is null", body: "{" + id + `,"records":[{"data":null}]}`, message: noDelivery + "byte 71: expected a string as data, found 'n'"},
		{name: "data is an object", body: "{" + id + `,"records":[{"data":{}}]}`, message: noDelivery + "byte 71: expected a string as data, found '{'"},
		{name: "data twice", body: "{" + id + `,"records":[{"data":"","data":""}]}`, message: noDelivery + "byte 81: data of record 0 stands twice"},
		{name: "data with a line break", body: wrap("aGVs\nbG8="), message: noDelivery + "byte 76: control character 0x0a inside data: it must be escaped"},
		{name: "data with four line breaks", body: wrap("aGVsbG8=\n\n\n\n"), message: noDelivery + "byte 80: control character 0x0a inside data: it must be escaped"},
		{name: "data with a control character", body: wrap("\x01"), message: noDelivery + "byte 72: control character 0x01 inside data: it must be escaped"},
		{name: "data with an unknown escape", body: wrap(`\x`), message: noDelivery + "byte 73: unknown escape, found 'x'"},
		{name: "data with a short escape", body: wrap(`\u00g0`), message: noDelivery + "byte 76: expected a hexadecimal digit, found 'g'"},
		{name: "data not in UTF-8", body: wrap("aGVs\xff"), message: noDelivery + "byte 76: invalid UTF-8"},
		{name: "unknown key not in UTF-8", body: "{\"\xc3\x28\":1," + id + "," + rec + "}", message: noDelivery + "byte 2: invalid UTF-8"},
		{name: "unknown number malformed", body: `{"a":-,` + id + "," + rec + "}", message: noDelivery + "byte 6: expected a digit, found ','"},
		{name: "unknown fraction malformed", body: `{"a":1.,` + id + "," + rec + "}", message: noDelivery + "byte 7: expected a digit, found ','"},
		{name: "unknown exponent malformed", body: `{"a":1e,` + id + "," + rec + "}", message: noDelivery + "byte 7: expected a digit, found ','"},
		{name: "unknown word", body: `{"a":NaN,` + id + "," + rec + "}", message: noDelivery + "byte 5: expected a value, found 'N'"},
		{name: "deep arrays", body: `{"a":` + strings.Repeat("[", 100_000) + "}", message: noDelivery + "byte 37: nested deeper than 32 levels"},
		{name: "deep objects", body: `{"a":` + strings.Repeat(`{"a":`, 100_000) + "}", message: noDelivery + "byte 165: nested deeper than 32 levels"},
		{name: "deep in a record", body: "{" + id + `,"records":[{"a":` + strings.Repeat("[", 100_000), message: noDelivery + "byte 98: nested deeper than 32 levels"},
	}
	for i := range rows {
		rows[i].status = 400
	}
	return rows
}
