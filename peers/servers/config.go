package servers

import (
	"os"
	"testing"

	"limnograph/aws/config"
)

// Config returns the product's settings for an AWS that is the server and no other host. It puts the server's credentials
// into the environment, where the product looks for them; a test that runs in parallel with others needs a pool, whose
// Run has put them there before.
func Config(t testing.TB, s *Server) config.Config {
	t.Helper()
	for name, value := range login() {
		if os.Getenv(name) != value {
			t.Setenv(name, value)
		}
	}
	return config.Config{Region: s.Region, Endpoint: s.URL, MaxAttempts: 1, HTTPClient: LoopbackClient(t)}
}

// login is what the SDK finds in the environment: the servers' credentials, and nothing of the person who runs the tests.
func login() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID":           accessKey,
		"AWS_SECRET_ACCESS_KEY":       secretKey,
		"AWS_SESSION_TOKEN":           "",
		"AWS_PROFILE":                 "",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_ENDPOINT_URL":            "",
	}
}
