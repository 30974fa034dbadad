package views

// AdminDispute is admin/dispute: what a bank asks for in a dispute, on one sheet.
type AdminDispute struct {
	AdminPage
	URL      string // of the order's page
	Made     string
	Seller   Seller
	Status   string
	Contact  AdminContact
	Order    AdminOrder // its lines, attempts and mails
	Money    AdminOrderMoney
	Consents []AdminOrderFact // the label is the time
	Delivery []AdminOrderFact // likewise
	Accesses []AdminAccessRow
}

// AdminAccessRow is from where somebody came to an order.
type AdminAccessRow struct {
	Time, What     string
	Address, Agent string
}
