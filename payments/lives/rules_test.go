package lives

// captured are the states of an attempt whose money the bank has, or had.
const captured = "('paid', 'refund_requested', 'partly_refunded', 'refunded')"

// loans are the methods by which the bank decides on a loan first.
const loans = "('bog_loan', 'bnpl')"

// safety is true at every moment at which no transaction runs. A query finds what breaks its
// rule; :shelf is how many units there were of each product, :now what the clock says.
var safety = map[string]string{
	"I1 an order is paid at most once": `SELECT order_id FROM stock_moves WHERE kind = 'sold' GROUP BY order_id, product_id HAVING count(*) > 1`,
	"I1 a second payment is before staff": `SELECT o.number FROM ledger l JOIN orders o ON o.id = l.order_id
		WHERE l.kind = 'captured' AND l.payment_id <> o.paid_payment_id AND NOT EXISTS (SELECT 1 FROM review_items
		WHERE kind IN ('second_payment', 'paid_after_cancel') AND subject = 'payment ' || l.payment_id)`,
	"I2 what is reserved is what open orders hold": `SELECT product_id FROM stock s WHERE reserved <>
		(SELECT coalesce(sum(l.quantity), 0) FROM order_lines l JOIN orders o ON o.id = l.order_id
		 WHERE o.reserves_stock = 1 AND l.product_id = s.product_id)`,
	"I2 moves add up to what is reserved": `SELECT product_id FROM stock s WHERE reserved <>
		(SELECT coalesce(sum(CASE kind WHEN 'reserved' THEN quantity WHEN 'released' THEN -quantity WHEN 'sold' THEN -quantity ELSE 0 END), 0)
		 FROM stock_moves m WHERE m.product_id = s.product_id)`,
	"I2 moves add up to what is on the shelf": `SELECT product_id FROM stock s WHERE on_hand <> :shelf -
		(SELECT coalesce(sum(CASE kind WHEN 'sold' THEN quantity WHEN 'returned' THEN -quantity ELSE 0 END), 0)
		 FROM stock_moves m WHERE m.product_id = s.product_id)`,
	"I3 money that the shop knows of is in the ledger": `SELECT p.id FROM payments p WHERE state IN ` + captured + ` AND captured_tetri <>
		(SELECT coalesce(sum(amount_tetri), 0) FROM ledger l WHERE l.payment_id = p.id AND l.kind = 'captured')`,
	"I3 what was refunded is in the ledger": `SELECT p.id FROM payments p WHERE state <> 'mismatch' AND refunded_tetri <>
		(SELECT coalesce(sum(amount_tetri), 0) FROM ledger l WHERE l.payment_id = p.id AND l.kind = 'refunded')`,
	"I3 no more is refunded than was captured": `SELECT p.id FROM payments p WHERE captured_tetri <
		(SELECT coalesce(sum(amount_tetri), 0) FROM refunds r WHERE r.payment_id = p.id AND r.state <> 'rejected')`,
	"I3 a refund is done when the money has gone back": `SELECT p.id FROM payments p WHERE state <> 'mismatch' AND refunded_tetri <
		(SELECT coalesce(sum(amount_tetri), 0) FROM refunds r WHERE r.payment_id = p.id AND r.state = 'completed' AND by_hand = 0)`,
	"I4 an attempt is captured once": `SELECT payment_id FROM ledger WHERE kind = 'captured' GROUP BY payment_id HAVING count(*) > 1`,
	"I4 only money that came is in the ledger": `SELECT p.id FROM ledger l JOIN payments p ON p.id = l.payment_id
		WHERE p.state NOT IN ` + captured + ` AND p.state <> 'mismatch'`,
	"I4 each mail has its job":      `SELECT 1 WHERE (SELECT count(*) FROM mails) <> (SELECT count(*) FROM river_job WHERE kind = 'send_mail')`,
	"I4 an order is confirmed once": `SELECT order_id FROM mails WHERE kind IN ('paid', 'captured_less') GROUP BY order_id HAVING count(*) > 1`,
	"I4 an order that was sold is confirmed": `SELECT o.number FROM orders o WHERE EXISTS (SELECT 1 FROM stock_moves m WHERE m.order_id = o.id AND m.kind = 'sold')
		AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.order_id = o.id AND m.kind IN ('paid', 'captured_less'))`,
	"I4 a form is one order": `SELECT checkout_key FROM orders GROUP BY checkout_key HAVING count(*) > 1`,
	"an undecided payment will be asked about": `SELECT id FROM payments WHERE next_check_at IS NULL AND
		(state IN ('open', 'held', 'refund_requested') OR state = 'starting' OR state = 'processing' AND bank_order_id IS NOT NULL)`,
	"an order that waits has a payment that is undecided": `SELECT number FROM orders o
		WHERE status IN ('awaiting_payment', 'confirming', 'on_hold') AND NOT EXISTS (SELECT 1 FROM payments p
		WHERE p.order_id = o.id AND p.state IN ('starting', 'open', 'processing', 'held'))`,
	"units are reserved only for orders that may be paid": `SELECT number FROM orders
		WHERE reserves_stock = 1 AND status NOT IN ('awaiting_payment', 'confirming', 'on_hold', 'declined', 'review')`,
	"an order with money is not a lost one": `SELECT o.number FROM ledger l JOIN orders o ON o.id = l.order_id
		WHERE l.kind = 'captured' AND (o.status IN ('awaiting_payment', 'confirming', 'declined', 'expired') OR o.status = 'cancelled' AND (o.cancelled_at IS NULL
		OR NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = l.payment_id)
		AND l.amount_tetri > (SELECT coalesce(sum(amount_tetri), 0) FROM ledger b WHERE b.payment_id = l.payment_id AND b.kind = 'refunded')
		AND NOT EXISTS (SELECT 1 FROM review_items r WHERE r.payment_id = l.payment_id AND r.kind = 'second_payment')))`,
	"nothing is delivered for a cancelled order": `SELECT number FROM orders WHERE cancelled_at IS NOT NULL AND status <> 'cancelled'`,
	"a mismatch is before staff": `SELECT p.id FROM payments p WHERE state = 'mismatch' AND NOT EXISTS
		(SELECT 1 FROM review_items WHERE kind = 'mismatch' AND subject = 'payment ' || p.id)`,
	"a loan's units are reserved while the bank decides": `SELECT o.number FROM orders o JOIN payments p ON p.order_id = o.id
		WHERE o.status = 'confirming' AND p.state = 'processing' AND julianday(p.decide_until) > julianday(:now) AND o.reserves_stock = 0`,
	"the bank is not asked to refund a loan": `SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id
		WHERE r.by_hand = 0 AND p.method IN ` + loans,
	"a rejected action is before staff": `SELECT 'refund ' || r.id FROM refunds r WHERE state = 'rejected' AND reject_reason <> '' AND NOT EXISTS
		(SELECT 1 FROM review_items WHERE kind = 'refund_rejected' AND subject = 'payment ' || r.payment_id)`,
}

// liveness is true once time has passed with nobody but the worker and a bank that answers.
var liveness = map[string]string{
	"nothing is due": `SELECT id FROM payments WHERE julianday(next_check_at) < julianday(:now) - 0.1`,
	// A loan that is refused when its units are gone leaves its order declined: it can be paid in another way for a day.
	"every order has come to an end": `SELECT number FROM orders o WHERE (status IN ('awaiting_payment', 'confirming', 'refund_requested') OR status = 'declined' AND
		(reserves_stock = 1 OR NOT EXISTS (SELECT 1 FROM payments WHERE order_id = o.id AND decide_until IS NOT NULL))) AND NOT EXISTS
		(SELECT 1 FROM review_items r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = o.id AND r.resolved_at IS NULL)`,
	"nothing stays reserved": `SELECT number FROM orders WHERE reserves_stock = 1 AND status NOT IN ('on_hold', 'review', 'confirming')`,
	"every action is done or before staff": `SELECT a.id FROM (SELECT id, payment_id FROM refunds WHERE state IN ('queued', 'starting', 'requested')
		UNION ALL SELECT id, payment_id FROM captures WHERE state IN ('queued', 'starting', 'requested')) a WHERE NOT EXISTS
		(SELECT 1 FROM review_items r WHERE r.payment_id = a.payment_id AND r.resolved_at IS NULL)`,
	"money that came too late goes back": `SELECT p.id FROM payments p JOIN review_items r ON r.payment_id = p.id AND r.kind = 'paid_too_late'
		WHERE p.captured_tetri > p.refunded_tetri AND NOT EXISTS (SELECT 1 FROM refunds f WHERE f.payment_id = p.id)`,
	"a loan that was not decided in time reserves nothing": `SELECT o.number FROM orders o JOIN payments p ON p.order_id = o.id
		WHERE o.status = 'confirming' AND p.state = 'processing' AND julianday(p.decide_until) < julianday(:now) - 0.1 AND o.reserves_stock = 1`,
	"a refund by hand is done or before staff": `SELECT r.id FROM refunds r WHERE by_hand = 1 AND state = 'queued' AND NOT EXISTS
		(SELECT 1 FROM review_items i WHERE i.kind = 'refund_by_hand' AND i.subject = 'refund ' || r.id AND i.resolved_at IS NULL)`,
	"no card waits for its removal": `SELECT id FROM saved_cards WHERE state = 'removing' AND NOT EXISTS
		(SELECT 1 FROM review_items WHERE kind = 'card_not_forgotten' AND resolved_at IS NULL)`,
}
