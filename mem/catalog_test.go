package mem_test

import (
	"testing"

	"limnograph"
	"limnograph/conformance"
	"limnograph/mem"
)

func TestCatalog(t *testing.T) {
	conformance.Catalog(t, func(*testing.T) limnograph.Catalog { return mem.NewCatalog() })
	conformance.Ledger(t, func(*testing.T) conformance.CatalogLedger { return mem.NewCatalog() })
}
