//go:build peers

package peers_test

import (
	"testing"

	"limnograph/aws/config"
	"limnograph/peers/servers"
)

// The account is that of the credentials, and of the role when one is assumed. (moto is started for one account.)
func TestAccountIsThatOfTheRole(t *testing.T) {
	server := pool.MiniStack(t, servers.MiniStackOptions{})
	role := servers.Config(t, server)
	role.RoleARN, role.ExternalID = "arn:aws:iam::111122223333:role/limno", "hub:1"
	for want, c := range map[string]config.Config{server.AccountID: servers.Config(t, server), "111122223333": role} {
		clients, err := config.Load(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := clients.AccountID(t.Context()); err != nil || got != want || clients.Region() != server.Region {
			t.Errorf("the account is %q in %s, %v; want %s", got, clients.Region(), err, want)
		}
	}
}
