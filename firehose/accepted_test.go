package firehose_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// accepted are the deliveries that get 200.
func accepted(t *testing.T) []request {
	one := line("111122223333", 1)
	b64 := base64.StdEncoding.EncodeToString([]byte(one))
	ok := []request{
		{name: "one datapoint", landed: lands(1)},
		{name: "no newline at the end", body: string(envelope(strings.TrimSpace(one))), landed: lands(1)},
		{name: "two datapoints in a record", body: string(envelope(one + one)), landed: lands(2)},
		{name: "two records", body: string(envelope(one, one)), landed: lands(2)},
		{name: "empty data", body: string(envelope("")), landed: lands(0)},
		{name: "empty data beside a datapoint", body: string(envelope("", one, "")), landed: lands(1)},
		{name: "10,000 records", body: string(envelope(make([]string, 10_000)...)), landed: lands(0)},
		{name: "a record that is no metric", body: string(envelope("hello")), landed: lands(0, "invalid_json")},
		{name: "a bad line beside a good one", body: string(envelope("hello\n" + one)), landed: lands(1, "invalid_json")},
		{name: "data with escaped slashes", body: wrap(strings.ReplaceAll(b64, "/", `\/`)), landed: lands(1)},
		{name: "data with escaped padding", body: wrap(strings.ReplaceAll(pad(one), "=", `\u003d`)), landed: lands(1)},
		{name: "data escaped throughout", body: wrap(escapeAll(b64)), landed: lands(1)},
		{name: "data with escaped line breaks", body: wrap(b64[:76] + `\r\n` + b64[76:]), landed: lands(1)},
		{name: "data that is no base64", body: wrap("%%%"), landed: lands(0, "invalid_base64")},
		{name: "data with an escaped quote", body: wrap(`aGVsbG8\"`), landed: lands(0, "invalid_base64")},
		{name: "data without its padding", body: wrap(strings.TrimRight(pad(one), "=")), landed: lands(0, "invalid_base64")},
		{name: "data in the URL alphabet", body: wrap("_-__"), landed: lands(0, "invalid_base64")},
		{name: "data beyond ASCII", body: wrap("aGVsbG8é"), landed: lands(0, "invalid_base64")},
		{name: "no base64 beside a datapoint", body: wrap(`?"},{"data":"` + b64), landed: lands(1, "invalid_base64")},
		{name: "unknown members", body: fmt.Sprintf(`{"a":{"b":[1,-2.5e+3,true,false,null,"\ud800x"]},"requestId":%q,"records":[{"x":[{}],"data":%q,"y":0}],"z":""}`, requestID, b64), landed: lands(1)},
		{name: "white space", body: fmt.Sprintf(" {\r\n\t\"requestId\" : %q ,\n\"records\" : [ { \"data\" : %q } ] } \n", requestID, b64), landed: lands(1)},
		{name: "no timestamp", body: fmt.Sprintf(`{"requestId":%q,"records":[{"data":%q}]}`, requestID, b64), landed: lands(1)},
		{name: "timestamp with exponent", body: fmt.Sprintf(`{"requestId":%q,"timestamp":1.57e12,"records":[{"data":%q}]}`, requestID, b64), landed: lands(1)},
		{name: "records before requestId", body: fmt.Sprintf(`{"records":[{"data":%q}],"requestId":%q}`, b64, requestID), landed: lands(1)},
		{name: "escaped requestId", body: fmt.Sprintf(`{"requestId":"%s","records":[{"data":%q}]}`, escapeAll(requestID), b64), landed: lands(1)},
		{name: "escaped keys", body: fmt.Sprintf(`{"request\u0049d":%q,"record\u0073":[{"\u0064ata":%q}]}`, requestID, b64), landed: lands(1)},
		{name: "request id in the body alone", edit: header("X-Amz-Firehose-Request-Id"), landed: lands(1)},
		{name: "another request id in the body alone", edit: header("X-Amz-Firehose-Request-Id"), body: fmt.Sprintf(`{"requestId":"<é>","records":[{"data":%q}]}`, b64), id: "<é>", landed: lands(1)},
		{name: "content type with charset", edit: header("Content-Type", "Application/JSON; charset=utf-8"), landed: lands(1)},
		{name: "no content type", edit: header("Content-Type"), landed: lands(1)},
		{name: "content encoding identity", edit: header("Content-Encoding", "identity"), landed: lands(1)},
		{name: "chunked", edit: chunked, landed: lands(1)},
		{name: "second key of a name", edit: header("X-Amz-Firehose-Access-Key", "the next key"), landed: lands(1)},
		{name: "key of 4,096 bytes", edit: header("X-Amz-Firehose-Access-Key", strings.Repeat("k", 4096)), landed: lands(1)},
		{name: "stream of 64 characters", edit: path("/firehose/v1/" + strings.Repeat("a.B-9_xy", 8)), landed: lands(1)},
		{name: "common attributes", edit: header("X-Amz-Firehose-Common-Attributes", `{"commonAttributes":{"team":"lake"}}`), landed: lands(1)},
		{name: "common attributes at their limits", edit: header("X-Amz-Firehose-Common-Attributes", attributes(50, 256, 1024)), landed: lands(1)},
		{name: "no common attributes in the header", edit: header("X-Amz-Firehose-Common-Attributes", `{"other":1,"commonAttributes":{}}`), landed: lands(1)},
		{name: "source ARN", edit: header("X-Amz-Firehose-Source-Arn", "arn:aws:firehose:eu-west-1:111122223333:deliverystream/metrics"), landed: lands(1)},
		{name: "body of exactly the limit", body: exactBody(testMaxBody), landed: lands(1)},
		{name: "gzip", edit: zipped(gzipped(t, envelope(one))), landed: lands(1)},
		{name: "gzip in upper case", edit: both(zipped(gzipped(t, envelope(one))), header("Content-Encoding", "GZIP")), landed: lands(1)},
		{name: "gzip, chunked", edit: both(zipped(gzipped(t, envelope(one))), chunked), landed: lands(1)},
		{name: "gzip of several members", edit: zipped(members(t, envelope(one), 7)), landed: lands(1)},
		{name: "gzip of exactly the limit", edit: zipped(gzipped(t, []byte(exactBody(testMaxBody)))), landed: lands(1)},
	}
	for i := range ok {
		ok[i].status = http.StatusOK
	}
	return ok
}

// wrap puts text, as it is, into the data of one record.
func wrap(text string) string {
	return fmt.Sprintf(`{"requestId":%q,"records":[{"data":"%s"}]}`, requestID, text)
}

// pad encodes a line so that the base64 ends in padding.
func pad(one string) string {
	for len(one)%3 == 0 {
		one += "\n"
	}
	return base64.StdEncoding.EncodeToString([]byte(one))
}

func escapeAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, `\u%04X`, s[i])
	}
	return b.String()
}

// attributes makes n of them, with a first one of the greatest key and value.
func attributes(n, key, value int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"commonAttributes":{"%s":"%s"`, strings.Repeat("k", key), strings.Repeat("v", value))
	for i := range n - 1 {
		fmt.Fprintf(&b, `,"a%d":""`, i)
	}
	return b.String() + "}}"
}

// exactBody is a delivery of one datapoint and n bytes.
func exactBody(n int) string {
	body := string(envelope(line("111122223333", 1)))
	return body + strings.Repeat(" ", n-len(body))
}

func zipped(body []byte) func(*http.Request) {
	return both(raw(body), header("Content-Encoding", "gzip"))
}

// members compresses text into one gzip member per size bytes.
func members(t *testing.T, text []byte, size int) []byte {
	var out []byte
	for len(text) > 0 {
		n := min(size, len(text))
		out = append(out, gzipped(t, text[:n])...)
		text = text[n:]
	}
	return bytes.Clone(out)
}
