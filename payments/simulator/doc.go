// Package simulator is a simulated Bank of Georgia Online Payment API: the token and payment
// calls, the hosted payment page and signed callbacks. No money moves. Everything that steers it
// lives under /_sim/, so that a client cannot come to depend on what the bank does not have.
//
// The first word of a file's name says which part of the bank it is:
//
//	bank_*         a Bank and its life: options, settings, clock, listening, timed work
//	routes.go      every address of the bank and its pages (steering.go has those of /_sim/)
//	api_*          the bank's API: reading requests, one file for each group of calls
//	order_*        an order and the bank's rules about it: paying, refunds, holds, splits,
//	               campaigns, loans, methods, test cards, money
//	page_*         the hosted payment page, 3-D Secure, the result page and their texts
//	callback_*     callbacks: what they say, how they are signed, how they travel
//	fault_*        what goes wrong on purpose: API faults, chaos, the plan of an order
//	bookkeeping.go the ledger: which amounts moved
//	steering_*     the steering API and the inspector, all under /_sim/
//	openapi_*      the description of the API for people
//	store_*        the SQLite file, and the one way to change anything: inTx
//
// A request that changes something runs as one function on a tx. It gets copies of the
// orders it asks for, and nothing is visible to others before all of it is on disk.
package simulator
