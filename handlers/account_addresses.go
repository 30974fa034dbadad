package handlers

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

var addressFields = []string{"name", "phone", "delivery", "region", "city", "street"}

// showAddresses handles GET /{lang}/account/addresses.
func (a *app) showAddresses(c visit) error {
	list, err := a.Store.Addresses(c.UserContext(), c.who.ID)
	if err != nil {
		return err
	}
	l := string(c.lang)
	v := views.Addresses{Account: a.accountPage(c, "addresses", "address.title"), Full: len(list) >= models.MaxAddresses}
	for _, x := range list {
		v.List = append(v.List, views.AddressItem{
			ID: strconv.FormatInt(x.ID, 10), Name: x.Name, Phone: views.Phone(x.Phone), Text: views.Address(l, x.Region, x.City, x.Street),
			Delivery: views.DeliveryName(l, string(x.Delivery)), Default: x.IsDefault,
		})
	}
	return c.Render("pages/addresses", v)
}

// newAddress handles GET /{lang}/account/addresses/new.
func (a *app) newAddress(c visit) error {
	form := a.newForm(c, addressFields...)
	form.Values["name"], form.Values["phone"] = c.who.Name, views.Phone(c.who.Phone)
	form.Values["delivery"], form.Values["region"] = string(models.Courier), "tbilisi"
	a.fillRefused(c.Ctx, &form)
	return a.addressPage(c, 0, form)
}

// editAddress handles GET /{lang}/account/addresses/{id}.
func (a *app) editAddress(c visit) error {
	x, err := a.ownAddress(c)
	if err != nil {
		return err
	}
	form := a.newForm(c, addressFields...)
	form.Values = map[string]string{
		"name": x.Name, "phone": views.Phone(x.Phone), "delivery": string(x.Delivery), "region": x.Region, "city": x.City, "street": x.Street,
	}
	a.fillRefused(c.Ctx, &form)
	return a.addressPage(c, x.ID, form)
}

// addAddress handles POST /{lang}/account/addresses.
func (a *app) addAddress(c visit) error { return a.saveAddress(c, 0) }

// changeAddress handles POST /{lang}/account/addresses/{id}.
func (a *app) changeAddress(c visit) error {
	x, err := a.ownAddress(c)
	if err != nil {
		return err
	}
	return a.saveAddress(c, x.ID)
}

func (a *app) saveAddress(c visit, id int64) error {
	form, err := a.readForm(c, addressFields...)
	if err != nil {
		return err
	}
	v := form.Values
	err = a.Store.SaveAddress(c.UserContext(), c.lang, &models.Address{
		ID: id, CustomerID: c.who.ID, Name: v["name"], Phone: v["phone"], Delivery: models.Delivery(v["delivery"]),
		Region: v["region"], City: v["city"], Street: v["street"],
	})
	if err == nil {
		return a.toAddresses(c, "address.saved")
	}
	page := "/account/addresses/new"
	if id != 0 {
		page = "/account/addresses/" + strconv.FormatInt(id, 10)
	}
	return a.backToForm(c, page, form, err, func(c visit, form views.Form) error { return a.addressPage(c, id, form) })
}

// removeAddress handles POST /{lang}/account/addresses/{id}/remove.
func (a *app) removeAddress(c visit) error {
	x, err := a.ownAddress(c)
	if err != nil {
		return err
	}
	if err := a.Store.RemoveAddress(c.UserContext(), x.CustomerID, x.ID); err != nil {
		return err
	}
	return a.toAddresses(c, "address.removed")
}

// makeDefaultAddress handles POST /{lang}/account/addresses/{id}/default.
func (a *app) makeDefaultAddress(c visit) error {
	x, err := a.ownAddress(c)
	if err != nil {
		return err
	}
	if err := a.Store.SetDefaultAddress(c.UserContext(), x.CustomerID, x.ID); err != nil {
		return err
	}
	return a.toAddresses(c, "address.saved")
}

// ownAddress is the address that the request is about, if it is the customer's.
func (a *app) ownAddress(c visit) (*models.Address, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return nil, fiber.ErrNotFound
	}
	return a.Store.AddressByID(c.UserContext(), c.who.ID, id)
}

func (a *app) toAddresses(c visit, message string) error {
	a.flash(c.Ctx, message)
	return c.goTo(c.path("/account/addresses"))
}

func (a *app) addressPage(c visit, id int64, form views.Form) error {
	title, action := "address.new", "/account/addresses"
	if id != 0 {
		title, action = "address.edit", "/account/addresses/"+strconv.FormatInt(id, 10)
	}
	l := string(c.lang)
	v := views.AddressForm{
		Account: a.accountPage(c, "addresses", title), Form: form, Action: c.path(action),
		Regions: views.RegionOptions(l, form.Values["region"], models.Regions()),
	}
	if id == 0 {
		v.Path = "/account/addresses/new" // where a form that was refused can be opened again
	}
	for _, o := range models.DeliveryOptions() {
		if o.Delivery != models.Pickup {
			v.Deliveries = append(v.Deliveries, views.Option{
				Value: string(o.Delivery), Label: views.DeliveryName(l, string(o.Delivery)), Selected: string(o.Delivery) == form.Values["delivery"],
			})
		}
	}
	return c.Render("pages/address", v)
}
