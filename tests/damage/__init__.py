"""Every attribute of every stored item, replaced by what no service writes, while work goes on."""
