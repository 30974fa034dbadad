package views

// AdminMethods is admin/methods: the ways to pay.
type AdminMethods struct {
	AdminPage
	Rules     []string // what the columns ask, see AdminMethod.Can
	Rows      []AdminMethod
	CanChange bool
}

// AdminMethod is one of them.
type AdminMethod struct {
	Key, Name string
	Offered   bool
	Only      bool   // no other is offered
	Refused   string // when the bank refused it, in words; "" if it did not
	Can       []AdminMethodRule
}

// AdminMethodRule says whether one thing can be done with a payment by a method.
type AdminMethodRule struct {
	Key string
	Yes bool
}
