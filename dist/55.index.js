export const id=55;export const ids=[55];export const modules={5055:(o,r,t)=>{function n(){throw new Error("A GitHub runner has no browser.")}t.r(r),t.d(r,{default:()=>n})}};
