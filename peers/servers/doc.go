// Package servers starts other people's servers for tests: moto, MiniStack and versitygw in place of AWS, and Trino as
// the SQL engine over them; and Airflow, which is no server here but runs DAGs. `.ci/tools aws ministack trino airflow`
// installs them; what is not there fails the test that asks for it, and says so.
//
// A server belongs to one test, or to a pool that a test binary shares because its servers start slowly:
//
//	glue := servers.Moto(t)                              // stops with the test
//	store := servers.VersityGW(t)
//	bucket := store.Bucket(t)                            // a new one
//	engine := servers.Trino(t, glue, store)              // http address in engine.URL
//	client := glue.SDK(t)                                // aws.Config for the adapters' constructors
//	settings := servers.Config(t, glue)                  // config.Config for aws/config.Load
//
//	var pool *servers.Pool                               // in main_test.go
//
//	func TestMain(m *testing.M) {
//		pool = servers.NewPool()
//		os.Exit(pool.Run(m))
//	}
//
//	glue := pool.Moto(t)                                 // the same server for every test of the binary
//
// What shares a server takes names of its own: servers.Name(t), Server.Bucket.
//
// Every server listens on loopback alone and gets proxies that record and refuse what goes elsewhere; a test fails when
// anything did. LoopbackClient does the same for the code under test, Server.Environment for a program that it starts.
//
// The package states nothing about what the servers should answer: that is in the tests of peers and peers/fast. It is
// not for tests of one adapter, which need nothing outside Go.
package servers
