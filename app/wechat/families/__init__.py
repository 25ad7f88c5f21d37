"""The APIs by family; `app/wechat/gateway.py` joins them."""
