-- %C and its kin around the year 0
for _,y in ipairs{-1000,-999,-101,-100,-99,-1,0,1,9,99,100,101,999,1000,9999,10000} do
 local t=os.time{year=2000,month=6,day=1}; t = t + (y-2000)*365.2425*86400
 io.write(os.date('!%Y:%C:%y:%G:%g:%D:%F ',t)) end print()
