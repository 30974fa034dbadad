package models

// ErrorCode names what went wrong. It is also the translation key of the sentence that a
// visitor may read about it.
type ErrorCode string

// The codes of Error.
const (
	CodeAccountAddressTaken ErrorCode = "account.address_taken"
	CodeAccountNoSession    ErrorCode = "account.no_session"

	CodeAddressNotFound ErrorCode = "address.not_found"
	CodeAddressTooMany  ErrorCode = "address.too_many"

	CodeBoundsNetwork ErrorCode = "bounds.network"
	CodeBoundsUnits   ErrorCode = "bounds.units"
	CodeBoundsVisitor ErrorCode = "bounds.visitor"

	CodeCardNotFound ErrorCode = "card.not_found"
	CodeCardUnusable ErrorCode = "card.unusable"

	CodeCaptureNotFound ErrorCode = "admin.capture.not_found"
	CodeCaptureTooMuch  ErrorCode = "admin.capture.too_much"

	CodeCartBadQuantity ErrorCode = "cart.bad_quantity"
	CodeCartChanged     ErrorCode = "cart.changed"
	CodeCartEmpty       ErrorCode = "cart.empty"
	CodeCartFull        ErrorCode = "cart.full"
	CodeNotInCart       ErrorCode = "cart.no_line"
	CodeCartSoldOut     ErrorCode = "cart.sold_out"

	CodeCategoryEdited   ErrorCode = "category.edited"
	CodeCategoryInvalid  ErrorCode = "category.invalid"
	CodeCategoryNotFound ErrorCode = "category.not_found"

	CodeFormInvalid ErrorCode = "checkout.error.summary"

	CodeStaffChanged     ErrorCode = "admin.staff.changed"
	CodeStaffLastManager ErrorCode = "admin.staff.last_manager"
	CodeStaffNotFound    ErrorCode = "admin.staff.not_found"
	CodeStaffOneself     ErrorCode = "admin.staff.oneself"
	CodeStaffSessionOver ErrorCode = "admin.staff.session_over"

	CodeCustomerNotFound ErrorCode = "customer.not_found"

	CodeDeleteUnsettled ErrorCode = "delete.unsettled"

	CodeDatabaseBusy   ErrorCode = "error.503.text"
	CodeForeignForm    ErrorCode = "error.foreign"
	CodeFormUnreadable ErrorCode = "error.form"
	CodeFormStale      ErrorCode = "error.stale_form"

	CodeHoldCaptured      ErrorCode = "admin.hold.captured"
	CodeHoldCapturing     ErrorCode = "admin.hold.capturing"
	CodeHoldNone          ErrorCode = "admin.hold.none"
	CodeHoldReleased      ErrorCode = "admin.hold.released"
	CodeHoldReleasing     ErrorCode = "admin.hold.releasing"
	CodeFulfilAlready     ErrorCode = "admin.fulfilment.already"
	CodeFulfilCancelled   ErrorCode = "admin.fulfilment.cancelled"
	CodeFulfilChanged     ErrorCode = "admin.fulfilment.changed"
	CodeFulfilNotCaptured ErrorCode = "admin.fulfilment.not_captured"
	CodeFulfilNotPaid     ErrorCode = "admin.fulfilment.not_paid"
	CodeFulfilNotPickup   ErrorCode = "admin.fulfilment.not_pickup"
	CodeFulfilNothingLeft ErrorCode = "admin.fulfilment.nothing_left"
	CodeFulfilPickup      ErrorCode = "admin.fulfilment.pickup"
	CodeFulfilRefunded    ErrorCode = "admin.fulfilment.refunded"
	CodeFulfilRefunding   ErrorCode = "admin.fulfilment.refunding"
	CodeFulfilReview      ErrorCode = "admin.fulfilment.review"

	CodeLinkDead ErrorCode = "link.dead"

	CodeMailForgotten ErrorCode = "mail.forgotten"
	CodeMailNotFound  ErrorCode = "mail.not_found"
	CodeMailWaiting   ErrorCode = "mail.waiting"

	CodeOrderCancelled  ErrorCode = "order.cancelled"
	CodeOrderCapturing  ErrorCode = "order.capturing"
	CodeOrderInReview   ErrorCode = "order.in_review"
	CodeOrderNotFound   ErrorCode = "order.not_found"
	CodeOrderNotPayable ErrorCode = "order.not_payable"
	CodeOrderOver       ErrorCode = "order.over"
	CodeOrderRefunding  ErrorCode = "order.refunding"
	CodeOrderSent       ErrorCode = "order.sent"
	CodeOrderStockGone  ErrorCode = "order.stock_gone"
	CodeOrderWithdrawn  ErrorCode = "order.withdrawn"

	CodeOrdersUnverified ErrorCode = "orders.unverified"

	CodeParcelDelivered ErrorCode = "admin.parcel.delivered"
	CodeParcelNotFound  ErrorCode = "admin.parcel.not_found"
	CodeParcelReturned  ErrorCode = "admin.parcel.returned"

	CodePaymentNotFound ErrorCode = "payment.not_found"

	CodePictureUnreadable ErrorCode = "picture.unreadable"

	CodePriceListChanged  ErrorCode = "price_list.changed"
	CodePriceListMistakes ErrorCode = "price_list.mistakes"
	CodePriceListNotFound ErrorCode = "price_list.not_found"

	CodeProductEdited        ErrorCode = "product.edited"
	CodeProductInvalid       ErrorCode = "product.invalid"
	CodeProductNotFound      ErrorCode = "product.not_found"
	CodeProductStockChanged  ErrorCode = "product.stock_changed"
	CodeProductStockReserved ErrorCode = "product.stock_reserved"
	CodeProductWithdrawn     ErrorCode = "product.withdrawn"

	CodeProviderDown         ErrorCode = "provider.down"
	CodeProviderExpired      ErrorCode = "provider.expired"
	CodeProviderFailed       ErrorCode = "provider.failed"
	CodeProviderKnownAddress ErrorCode = "provider.known_address"
	CodeProviderLastWay      ErrorCode = "provider.last_way"
	CodeProviderNoEmail      ErrorCode = "provider.no_email"
	CodeProviderNotLinked    ErrorCode = "provider.not_linked"
	CodeProviderNotYou       ErrorCode = "provider.not_you"
	CodeProviderNotYours     ErrorCode = "provider.not_yours"
	CodeProviderRefused      ErrorCode = "provider.refused"

	CodeMakerNotFound ErrorCode = "admin.makers.not_found"
	CodeMakerStale    ErrorCode = "admin.makers.stale"

	CodeMethodUnknown ErrorCode = "admin.methods.unknown"

	CodeRefundCompleted        ErrorCode = "admin.refund.completed"
	CodeRefundDelivery         ErrorCode = "admin.refund.delivery_refunded"
	CodeRefundHeld             ErrorCode = "admin.refund.held"
	CodeRefundInFullOnly       ErrorCode = "admin.refund.in_full_only"
	CodeRefundMethod           ErrorCode = "admin.refund.method"
	CodeRefundNoGoods          ErrorCode = "admin.refund.no_goods"
	CodeRefundNotFound         ErrorCode = "admin.refund.not_found"
	CodeRefundNotPaid          ErrorCode = "admin.refund.not_paid"
	CodeRefundRequested        ErrorCode = "admin.refund.requested"
	CodeRefundStopped          ErrorCode = "admin.refund.stopped"
	CodeRefundTooMuch          ErrorCode = "admin.refund.too_much"
	CodeRefundUnits            ErrorCode = "admin.refund.units"
	CodeRefundUnitsBack        ErrorCode = "admin.refund.units_back"
	CodeReconciliationNotFound ErrorCode = "admin.reconciliation.not_found"
	CodeReconciliationRunning  ErrorCode = "admin.reconciliation.running"

	CodeReviewBankUndecided ErrorCode = "admin.review.bank_undecided"
	CodeReviewNoWay         ErrorCode = "admin.review.no_way"
	CodeReviewNotFound      ErrorCode = "review.not_found"
	CodeReviewOtherOrder    ErrorCode = "admin.review.other_order"
	CodeReviewResolved      ErrorCode = "review.resolved"
	CodeReturnBooked        ErrorCode = "admin.return.booked"
	CodeReturnNotFound      ErrorCode = "admin.return.not_found"
	CodeReturnNotSent       ErrorCode = "withdraw.not_sent"
	CodeReturnRefunded      ErrorCode = "withdraw.refunded"

	CodeSignInBusy           ErrorCode = "signin.busy"
	CodeSignInLimited        ErrorCode = "signin.limited"
	CodeSignInLimitedAccount ErrorCode = "signin.limited_account"
	CodeSignInWrong          ErrorCode = "signin.wrong"

	CodeWithdrawNothing ErrorCode = "withdraw.nothing"
	CodeWithdrawTooLate ErrorCode = "withdraw.too_late"
)
