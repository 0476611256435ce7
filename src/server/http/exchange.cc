// SPDX-License-Identifier: Apache-2.0
#include "server/http/exchange.h"

#include <utility>

#include "server/http/gzip.h"
#include "server/http/text.h"

namespace kalamdb::server {

void Exchange::Finish() {
  Compress();
  owner_.HandlerFinished();
}

void Exchange::FinishOnIo(std::move_only_function<void(Response&)> complete) {
  complete_ = std::move(complete);
  owner_.HandlerFinished();
}

void Exchange::Complete() {
  if (complete_) {
    std::exchange(complete_, {})(response_);
    Compress();
  }
}

void Exchange::Reset() {
  request_.Clear();
  response_.Clear();
  id_.clear();
  // A statement may hold the token a little longer than its request, and a cancelled one stays so.
  if (cancel_.use_count() > 1 || cancel_->is_cancelled()) {
    cancel_ = std::make_shared<CancelToken>();
  }
  is_timed_out_.store(false, std::memory_order_relaxed);
}

void Exchange::CancelHandler(bool is_timeout) {
  if (is_timeout) {
    is_timed_out_.store(true, std::memory_order_relaxed);
  }
  cancel_->Cancel();
}

void Exchange::Compress() {
  const std::string_view accepted = request_.Get(Header::kAcceptEncoding);
  if (accepted.empty() || response_.is_gzip || request_.method() == Method::kHead ||
      (response_.stream == nullptr && response_.body.size() <= kGzipBytesMin) ||
      !AcceptsGzip(accepted)) {
    return;
  }
  GzipResponse(&response_);
}

}  // namespace kalamdb::server
