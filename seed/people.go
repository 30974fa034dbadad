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

// People adds the demo customer, with an address, the demo manager and demo makers, unless they
// are there. Their passwords are known to everybody: only beside the simulated bank.
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
	return makers(ctx, store)
}

// demoMakers are what two makers get; the accounts are at no bank.
var demoMakers = []models.Maker{
	{IBAN: "GE77XX0000000000000001", Percent: 80, Description: "Dukani: sold goods"},
	{IBAN: "GE50XX0000000000000002", AmountTetri: 2_00},
}

// makers has two producers of the catalogue get a share, unless somebody does. Nothing is shared
// as long as the shop's settings do not say so.
func makers(ctx context.Context, store *models.Store) error {
	has, err := store.Makers(ctx)
	if err != nil || len(has) > 0 {
		return err
	}
	producers, err := store.Producers(ctx)
	if err != nil {
		return err
	}
	for i, p := range producers[:min(len(producers), len(demoMakers))] {
		m := demoMakers[i]
		m.NameKa = p.NameKa
		if err := store.SaveMaker(ctx, models.Actor{Email: "seed"}, m); err != nil {
			return fmt.Errorf("add the demo maker %s: %w", p.NameKa, err)
		}
	}
	return nil
}
