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

// The member of staff that everybody who tries the back office can sign in as.
const (
	DemoStaffEmail    = "staff@example.ge"
	DemoStaffPassword = "dukani-staff"
)

// People adds the demo customer, with an address, and the demo manager, unless they are
// there. Their passwords are known to everybody: only beside the simulated bank.
func People(ctx context.Context, store *models.Store) error {
	err := store.AddCustomer(ctx, models.NewCustomer{Name: "ნინო კაპანაძე", Email: DemoEmail, Password: DemoPassword, Lang: models.Ka}, models.Address{
		Name: "ნინო კაპანაძე", Phone: "+995599123456", Delivery: models.Courier, Street: "რუსთაველის გამზირი 12, ბინა 4",
	})
	if err != nil {
		return fmt.Errorf("add the demo customer: %w", err)
	}
	_, err = store.AddStaff(ctx, models.Actor{Email: "seed"}, models.NewStaff{
		Name: "თამარ ბერიძე", Email: DemoStaffEmail, Password: DemoStaffPassword, Role: models.RoleManager, Lang: models.Ka,
	})
	if err != nil {
		return fmt.Errorf("add the demo manager: %w", err)
	}
	return nil
}
