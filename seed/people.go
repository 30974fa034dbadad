package seed

import (
	"context"
	"fmt"

	"dukani/models"
)

// The customer that everybody who tries the shop can sign in as.
const (
	DemoEmail    = "nino@example.ge"
	DemoPassword = "dukani-demo"
)

// People adds the demo customer, with an address, unless they are there. Their
// password is known to everybody: only beside the simulated bank.
func People(ctx context.Context, store *models.Store) error {
	err := store.AddCustomer(ctx, models.NewCustomer{Name: "ნინო კაპანაძე", Email: DemoEmail, Password: DemoPassword, Lang: models.Ka}, models.Address{
		Name: "ნინო კაპანაძე", Phone: "+995599123456", Delivery: models.Courier, Street: "რუსთაველის გამზირი 12, ბინა 4",
	})
	if err != nil {
		return fmt.Errorf("add the demo customer: %w", err)
	}
	return nil
}
