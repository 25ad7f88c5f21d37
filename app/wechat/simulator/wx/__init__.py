"""The fake api.weixin.qq.com, one file for each family of APIs."""
