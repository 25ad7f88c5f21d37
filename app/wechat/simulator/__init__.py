"""A WeChat of our own (假微信): followers, the pusher that speaks for them, and api.weixin.qq.com.

It knows the service only through signed HTTP, and the service knows it only as the address of an API;
the one thing they share is the clock that `World` is handed. Demo, fake and test bench in one.
"""
