package firehose_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// refusedHeads are requests that are refused before their body is read.
func refusedHeads() []request {
	const (
		accessKey, version, attrs = "X-Amz-Firehose-Access-Key", "X-Amz-Firehose-Protocol-Version", "X-Amz-Firehose-Common-Attributes"
		path404                   = "nothing is served at this path: deliver to /firehose/v1/{stream}"
		needKey                   = "exactly one X-Amz-Firehose-Access-Key header is needed: set the access key of the delivery stream's HTTP endpoint"
		wrongKey                  = "the access key is not known to this server: compare it with the server's firehose.access_keys"
		badName                   = "the stream name in the path must have 1 to 64 characters of A-Z, a-z, 0-9, '_', '.' and '-', and not only dots"
	)
	return []request{
		{name: "root", edit: path("/firehose/"), status: 404, message: path404},
		{name: "no stream", edit: path("/firehose/v1/"), status: 404, message: path404},
		{name: "another version", edit: path("/firehose/v2/metrics"), status: 404, message: path404},
		{name: "slash behind the stream", edit: path("/firehose/v1/metrics/"), status: 404, message: path404},
		{name: "deeper path", edit: path("/firehose/v1/a/b"), status: 404, message: path404},
		{name: "escaped slash in the stream", edit: path("/firehose/v1/a%2Fb"), status: 404, message: path404},
		{name: "path in upper case", edit: path("/Firehose/v1/metrics"), status: 404, message: path404},
		{name: "path is checked before the key", edit: both(path("/firehose/x"), header(accessKey)), status: 404, message: path404},
		{name: "GET", edit: method(http.MethodGet), status: 405, message: notAllowed("GET")},
		{name: "HEAD", edit: method(http.MethodHead), status: 405},
		{name: "PUT", edit: method(http.MethodPut), status: 405, message: notAllowed("PUT")},
		{name: "PATCH", edit: method(http.MethodPatch), status: 405, message: notAllowed("PATCH")},
		{name: "DELETE", edit: method(http.MethodDelete), status: 405, message: notAllowed("DELETE")},
		{name: "OPTIONS", edit: method(http.MethodOptions), status: 405, message: notAllowed("OPTIONS")},
		{name: "stream of 65 characters", edit: path("/firehose/v1/" + strings.Repeat("a", 65)), status: 400, message: badName},
		{name: "stream with a space", edit: path("/firehose/v1/a%20b"), status: 400, message: badName},
		{name: "stream with a line break", edit: path("/firehose/v1/a%0A"), status: 400, message: badName},
		{name: "stream of dots", edit: path("/firehose/v1/%2e%2e"), status: 400, message: badName},
		{name: "no key", edit: header(accessKey), status: 401, message: needKey},
		{name: "empty key", edit: header(accessKey, ""), status: 401, message: needKey},
		{name: "key twice", edit: header(accessKey, goodKey, goodKey), status: 401, message: needKey},
		{name: "wrong key", edit: header(accessKey, "no"), status: 401, message: wrongKey},
		{name: "first half of the key", edit: header(accessKey, goodKey[:len(goodKey)/2]), status: 401, message: wrongKey},
		{name: "key and more", edit: header(accessKey, goodKey+"x"), status: 401, message: wrongKey},
		{name: "key in upper case", edit: header(accessKey, strings.ToUpper(goodKey)), status: 401, message: wrongKey},
		{name: "key as bearer token", edit: both(header(accessKey), header("Authorization", "Bearer "+goodKey)), status: 401, message: needKey},
		{name: "key is checked before the version", edit: both(header(accessKey, "no"), header(version)), status: 401, message: wrongKey},
		{name: "no ids anywhere", edit: both(header(accessKey, "no"), header("X-Amz-Firehose-Request-Id")), status: 401, message: wrongKey, id: madeID},
		{name: "no version", edit: header(version), status: 400, message: `X-Amz-Firehose-Protocol-Version must be 1.0, once; it is []`},
		{name: "version 2.0", edit: header(version, "2.0"), status: 400, message: `X-Amz-Firehose-Protocol-Version must be 1.0, once; it is ["2.0"]`},
		{name: "version twice", edit: header(version, "1.0", "1.0"), status: 400, message: `X-Amz-Firehose-Protocol-Version must be 1.0, once; it is ["1.0" "1.0"]`},
		{name: "request id twice", edit: header("X-Amz-Firehose-Request-Id", requestID, requestID), status: 400, message: "X-Amz-Firehose-Request-Id stands 2 times: once is allowed"},
		{name: "text/plain", edit: header("Content-Type", "text/plain"), status: 415, message: `content type "text/plain" is not supported: send application/json`},
		{name: "malformed content type", edit: header("Content-Type", ";"), status: 415, message: `content type ";" is not supported: send application/json`},
		{name: "deflate", edit: header("Content-Encoding", "deflate"), status: 415, message: `content encoding "deflate" is not supported: send gzip or none`},
		{name: "gzip twice", edit: header("Content-Encoding", "gzip", "gzip"), status: 415, message: `content encoding "gzip,gzip" is not supported: send gzip or none`},
		{name: "attributes: no JSON", edit: header(attrs, "team=lake"), status: 400, message: malformed + "byte 0: expected '{' to open an object, found 't'"},
		{name: "attributes: empty", edit: header(attrs, ""), status: 400, message: malformed + "byte 0: expected '{' to open an object, found the end"},
		{name: "attributes: truncated", edit: header(attrs, `{"commonAttributes":{"a":"b"}`), status: 400, message: malformed + "byte 29: expected ',' or '}' in an object, found the end"},
		{name: "attributes: garbage behind", edit: header(attrs, `{"commonAttributes":{}} x`), status: 400, message: malformed + "byte 24: expected the end, found 'x'"},
		{name: "attributes: other member alone", edit: header(attrs, `{"attributes":{}}`), status: 400, message: malformed + "byte 17: commonAttributes is missing"},
		{name: "attributes: null", edit: header(attrs, `{"commonAttributes":null}`), status: 400, message: malformed + "byte 20: expected '{' to open an object, found 'n'"},
		{name: "attributes: number as value", edit: header(attrs, `{"commonAttributes":{"a":1}}`), status: 400, message: malformed + "byte 25: expected a string as the value of an attribute, found '1'"},
		{name: "attributes: key twice", edit: header(attrs, `{"commonAttributes":{"a":"1","\u0061":"2"}}`), status: 400, message: malformed + `byte 41: attribute "a" stands twice`},
		{name: "attributes: member twice", edit: header(attrs, `{"commonAttributes":{},"commonAttributes":{}}`), status: 400, message: malformed + "byte 42: commonAttributes stands twice"},
		{name: "attributes: header twice", edit: header(attrs, `{"commonAttributes":{}}`, `{"commonAttributes":{}}`), status: 400, message: "X-Amz-Firehose-Common-Attributes stands 2 times: once is allowed"},
		{name: "attributes: 51", edit: header(attrs, attributes(51, 1, 1)), status: 400, message: malformed + "byte 468: more than 50 attributes"},
		{name: "attributes: empty key", edit: header(attrs, attributes(1, 0, 1)), status: 400, message: malformed + "byte 27: the key of an attribute has 1 to 256 characters"},
		{name: "attributes: key of 257", edit: header(attrs, attributes(1, 257, 1)), status: 400, message: malformed + "byte 284: the key of an attribute has 1 to 256 characters"},
		{name: "attributes: value of 1,025", edit: header(attrs, attributes(1, 1, 1025)), status: 400, message: malformed + "byte 1052: the value of an attribute has up to 1024 characters"},
	}
}

// The beginnings of the messages about bodies and attributes.
const (
	noDelivery = "the body is no delivery: "
	malformed  = "X-Amz-Firehose-Common-Attributes is malformed: "
)

func notAllowed(method string) string {
	return method + " is not allowed here: Data Firehose delivers by POST; ask /healthz whether the server is up"
}

// refusedForms are bodies whose length or compression is wrong.
func refusedForms(t *testing.T) []request {
	const tooLarge = "the body is larger than 1048576 bytes: lower the buffer size of the delivery stream"
	good := envelope(line("111122223333", 1))
	zip := gzipped(t, good)
	return []request{
		{name: "one byte too long", body: exactBody(testMaxBody + 1), status: 413, message: tooLarge},
		{name: "far too long", body: exactBody(3 * testMaxBody), status: 413, message: tooLarge},
		{name: "too long in chunks", body: exactBody(testMaxBody + 1), edit: chunked, status: 413, message: tooLarge},
		{name: "far too long in chunks", body: exactBody(3 * testMaxBody), edit: chunked, status: 413, message: tooLarge},
		{name: "gzip: one byte too long", edit: zipped(gzipped(t, []byte(exactBody(testMaxBody+1)))), status: 413, message: tooLarge},
		{name: "gzip: bomb", edit: zipped(gzipped(t, make([]byte, 100*testMaxBody))), status: 413, message: tooLarge},
		{name: "gzip: many bombs", edit: zipped(bytes.Repeat(gzipped(t, make([]byte, testMaxBody/8)), 100)), status: 413, message: tooLarge},
		{name: "gzip: empty members without end", edit: zipped(bytes.Repeat(gzipped(t, nil), testMaxBody/8)), status: 413, message: tooLarge},
		{name: "gzip: no gzip", edit: zipped(good), status: 400, message: "the gzip body is damaged: gzip: invalid header"},
		{name: "gzip: empty", edit: zipped(nil), status: 400, message: "the body is empty"},
		{name: "gzip: of nothing", edit: zipped(gzipped(t, nil)), status: 400, message: noDelivery + "byte 0: expected '{' to open an object, found the end"},
		{name: "gzip: truncated", edit: zipped(zip[:len(zip)-9]), status: 400, message: "the gzip body is damaged: unexpected EOF"},
		{name: "gzip: no checksum", edit: zipped(zip[:len(zip)-8]), status: 400, message: "the gzip body is damaged: unexpected EOF"},
		{name: "gzip: garbage behind", edit: zipped(append(bytes.Clone(zip), "garbage garbage"...)), status: 400, message: "the gzip body is damaged: gzip: invalid header"},
		{name: "gzip: wrong checksum", edit: zipped(flip(zip, len(zip)-6)), status: 400, message: "the gzip body is damaged: gzip: invalid checksum"},
		{name: "gzip without saying so", edit: raw(zip), status: 400, message: noDelivery + "byte 0: expected '{' to open an object, found byte 0x1f", id: ""},
	}
}

func flip(b []byte, at int) []byte {
	c := bytes.Clone(b)
	c[at] ^= 0xff
	return c
}
