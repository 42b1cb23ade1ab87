package runerror_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"limnograph/runerror"
)

func TestRedactStrikesOut(t *testing.T) {
	for name, tc := range map[string]struct{ text, secret, want string }{
		"password in an address": {"url: jdbc:postgresql://db.northlake.internal:5432/sales?user=etl&password=s3cr3t!x", "s3cr3t", "url: jdbc:postgresql://db.northlake.internal:5432/sales?user=etl&password=***"},
		"user in an address":     {"cannot open https://etl:pa/ss@wd@db.example.com/x", "wd", "cannot open https://***@db.example.com/x"},
		"Oracle":                 {"jdbc:oracle:thin:scott/tiger@db:1521/x", "tiger", "jdbc:oracle:thin:***@db:1521/x"},
		"properties":             {"properties: {user=etl, password=a,b}c, ssl=true}", "b}c", "properties: {user=etl, password=***, ssl=true}"},
		"JSON":                   {`{"user":"etl","db_password" : "a\"b c","n":1}`, "b c", `{"user":"***","db_password" : "***","n":1}`},
		"JSON in JSON":           {`{\"clientSecret\":\"abc def\",\"n\":1}`, "abc def", ""},
		"an option":              {"args: --db-password hunter2 --day 1", "hunter2", "args: --db-password *** --day 1"},
		"a number in the name":   {"PWD2=hunter2", "hunter2", "PWD2=***"},
		"bearer":                 {"(Authorization: Bearer abcdefghij)", "abcdefghij", "(Authorization: Bearer ***)"},
		"bearer alone":           {"sent Bearer eyJhbGciOi.JIUz.x", "JIUz", "sent Bearer ***"},
		"access key":             {"The key AKIAIOSFODNN7EXAMPLE is disabled", "AKIA", "The key <secret> is disabled"},
		"session key":            {"id ASIAIOSFODNN7EXAMPLE.", "ASIA", "id <secret>."},
		"secret key":             {"used wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.", "MDENG", "used <secret>."},
		"secret key by its name": {"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfi", "wJal", "aws_secret_access_key = ***"},
		"signed address":         {"https://b.s3.amazonaws.com/k?X-Amz-Credential=AB%2F2026&X-Amz-Signature=abc", "abc", "https://b.s3.amazonaws.com/k?X-Amz-Credential=***&X-Amz-Signature=***"},
		"token":                  {"JWT eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9", "eyJz", ""},
		"random":                 {"id 4f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c", "4f3c", "id <secret>"},
		"private key":            {"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE", ""},
		"e-mail":                 {"no user jane.doe+x@example.com here", "jane", "no user <email> here"},
		"address":                {"Lost task 17.3 (172.34.11.8 executor 3)", "172.34", "Lost task 17.3 (<ip> executor 3)"},
		"account":                {"User: arn:aws:sts::111122223333:assumed-role/etl/GlueJobRunnerSession", "1111", "User: arn:aws:sts::<number>:assumed-role/etl/GlueJobRunnerSession"},
		"card":                   {"bad value 4111-1111 1111-1111", "1111", "bad value <number>"},
		"value":                  {`For input string: "Jane Doe"`, "Jane", `For input string: "***"`},
		"value of a column":      {"column '4155-a' is bad", "4155", "column '***' is bad"},
		"value in SQL":           {"WHERE name = 'O\\'Brien' AND x", "Brien", "WHERE name = '***' AND x"},
		"row of a database":      {"Detail: Key (email, n)=(Jane, 7) already exists.", "Jane", "Detail: Key (email, n)=(***) already exists."},
	} {
		t.Run(name, func(t *testing.T) {
			got := runerror.Redact(tc.text)
			if strings.Contains(got, tc.secret) || tc.want != "" && got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// What a person needs in order to understand the error stays as it is.
func TestRedactKeeps(t *testing.T) {
	for _, text := range []string{
		"",
		"java.lang.OutOfMemoryError: Java heap space",
		"An error occurred while calling o142.pyWriteDynamicFrame. Job aborted due to stage failure: Task 17 in stage 9.0 failed 4 times",
		"Container killed by YARN for exceeding memory limits. 10.4 GB of 10 GB physical memory used.",
		"AnalysisException: Column 'customer_ref' does not exist. Did you mean one of the following? [customer_id, order_id]; line 3 pos 9",
		"AnalysisException: cannot resolve `orders`.`total` given input columns",
		"AnalysisException: Path does not exist: s3://northlake-raw-2026/orders/day=2026-11-24/part-00001.snappy.parquet",
		"ModuleNotFoundError: No module named 'pandas'",
		"KeyError: 'customer_id'",
		"An error occurred (AccessDeniedException) when calling the GetTable operation: not authorized to perform: glue:GetTable",
		"NoSuchKey: The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey)",
		"ExpiredTokenException: The security token included in the request is expired",
		"com.amazonaws.services.s3.model.AmazonS3Exception: Please reduce your request rate.",
		"2026-11-24 10:00:00 can't open it, don't retry\n\tat org.x.Y.z(Y.java:12)",
		"Command failed with exit code 10",
	} {
		if got := runerror.Redact(text); got != text {
			t.Errorf("got  %s\nwant %s", got, text)
		}
	}
}

func TestRedactCuts(t *testing.T) {
	for name, text := range map[string]string{
		"long":             strings.Repeat("word ", 1000),
		"two bytes":        strings.Repeat("ü ", 2000),
		"two bytes, moved": "x" + strings.Repeat("ü ", 2000),
		"very long":        strings.Repeat("a b\n", 1<<20),
		"one word":         strings.Repeat("x", 1<<20),
		"broken":           strings.Repeat("\xff\xc3 ", 3000),
		"control":          strings.Repeat("\x00\x1b\r\u0085 ", 3000),
	} {
		t.Run(name, func(t *testing.T) { requireKept(t, text) })
	}
	if got := runerror.Redact(strings.Repeat("word ", 1000)); len(got) < runerror.MaxText-8 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-8:])
	}
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// requireKept checks what holds for every text.
func requireKept(t failer, text string) {
	t.Helper()
	got := runerror.Redact(text)
	if again := runerror.Redact(got); again != got {
		t.Errorf("%q becomes\n%q, and that\n%q", text, got, again)
	}
	if len(got) > runerror.MaxText || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\x1b\r") {
		t.Errorf("%q becomes %q of %d bytes", text, got, len(got))
	}
}

// TestRedactLeaksNoSecret plants secrets where drivers and scripts put them, among anything else.
func TestRedactLeaksNoSecret(t *testing.T) {
	noise := rapid.StringMatching(`[ -~]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9!#$%*+/_~^.-]{12,30}Zq`).Draw(t, "secret")
		shape := rapid.SampledFrom([]string{
			"password=@", `"password":"@"`, `"secret" : "@"`, "--token @", "pwd='@'", "jdbc:x://u:@@host/db", "Authorization: Bearer @", "{a=1, db.password=@, b=2}",
			"?user=x&password=@&ssl=true", "API_KEY: @", "aws_session_token=@;",
		}).Draw(t, "shape")
		text := strings.NewReplacer(`"`, "", "'", "", "`", "", `\`, "").Replace(noise.Draw(t, "before")) + " " +
			strings.Replace(shape, "@", secret, 1) + " " + noise.Draw(t, "after")
		if got := runerror.Redact(text); strings.Contains(got, secret) {
			t.Fatalf("%q becomes %q", text, got)
		}
		requireKept(t, text)
	})
}

func FuzzRedact(f *testing.F) {
	f.Add(`{"password":"x","a":[1,2]} 'b' "c\"d" postgres://u:p@h/x key=(1)=(2)`)
	f.Add("-----BEGIN X-----\n 4111 1111 1111 1111 a@b.c 10.0.0.1 Bearer 1 'it''s")
	f.Fuzz(func(t *testing.T, text string) { requireKept(t, text) })
}
